import { heatLevel } from "./heat-scale.ts";

/**
 * Weights as SVG, one path for each step of colour: cells of 1 x 1, columns to the right, rows down. The lowest step is
 * left out: it is the ground.
 *
 * @param weights  `[rows, columns]`
 * @example heatPaths([0, 1, 1, 0], 2); // => '<path class="w32" d="M1 0h1v1h-1zM0 1h1v1h-1z"/>'
 */
export function heatPaths(weights: ArrayLike<number>, columns: number): string {
  const paths = new Map<number, string>();
  for (let i = 0; i < weights.length; i++) {
    const level = heatLevel(weights[i]);
    if (level === 0) continue;
    const cell = `M${i % columns} ${Math.floor(i / columns)}h1v1h-1z`;
    paths.set(level, (paths.get(level) ?? "") + cell);
  }
  return [...paths]
    .sort(([a], [b]) => a - b)
    .map(([level, path]) => `<path class="w${level}" d="${path}"/>`)
    .join("");
}
