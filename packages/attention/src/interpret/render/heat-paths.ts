import { heatLevel } from "./heat-scale.ts";

/**
 * Weights as SVG, one path for each step of colour: cells of 1 x 1, columns to the right, rows down; neighbours of one step are one
 * piece. The lowest step is left out: it is the ground. NaN is of the class `nan`.
 *
 * @param weights  `[rows, columns]`
 * @example heatPaths([0, 1, 1, 0], 2); // => '<path class="w32" d="M1 0h1v1h-1zM0 1h1v1h-1z"/>'
 * @example heatPaths([1, 1, NaN], 3); // => '<path class="w32" d="M0 0h2v1h-2z"/><path class="nan" d="M2 0h1v1h-1z"/>'
 */
export function heatPaths(weights: ArrayLike<number>, columns: number): string {
  const paths = new Map<number, string>(); // NaN last
  for (let i = 0; i < weights.length; ) {
    const level = levelOf(weights[i]);
    const end = i - (i % columns) + columns;
    let next = i + 1;
    while (next < end && levelOf(weights[next]) === level) next++;
    if (level !== 0) {
      const piece = `M${i % columns} ${Math.floor(i / columns)}h${next - i}v1h-${next - i}z`;
      paths.set(level, (paths.get(level) ?? "") + piece);
    }
    i = next;
  }
  return [...paths]
    .sort(([a], [b]) => a - b)
    .map(([level, path]) => `<path class="${level === unknown ? "nan" : `w${level}`}" d="${path}"/>`)
    .join("");
}

const unknown = Number.POSITIVE_INFINITY;
const levelOf = (weight: number): number => (Number.isNaN(weight) ? unknown : heatLevel(weight));

/**
 * A map in no more rows and columns than a small picture can show: the largest weight of each block, NaN where one is.
 *
 * @param weights  `[rows, columns]`
 * @returns `[ceil(rows / n), ceil(columns / m)]`, n and m the least for which they fit
 * @example pooled([0, 1, 0, 0, 0, 0.5], 2, 3, { rows: 2, columns: 2 }).weights; // => [1, 0, 0, 0.5]
 */
export function pooled(
  weights: ArrayLike<number>,
  rows: number,
  columns: number,
  most: { readonly rows: number; readonly columns: number },
): { readonly weights: ArrayLike<number>; readonly rows: number; readonly columns: number } {
  const [n, m] = [Math.ceil(rows / most.rows), Math.ceil(columns / most.columns)];
  if (n === 1 && m === 1) return { weights, rows, columns };
  const [height, width] = [Math.ceil(rows / n), Math.ceil(columns / m)];
  const largest = new Array<number>(height * width).fill(0);
  for (let i = 0; i < rows * columns; i++) {
    const at = Math.floor(i / columns / n) * width + Math.floor((i % columns) / m);
    largest[at] = Math.max(largest[at], weights[i]);
  }
  return { weights: largest, rows: height, columns: width };
}
