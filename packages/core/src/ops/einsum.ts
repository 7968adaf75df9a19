import { promote } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { sizeOf } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { diagonal } from "./diagonal.ts";
import { type EinsumEquation, type Labels, parseEquation } from "./einsum-equation.ts";
import { matmul } from "./matmul.ts";
import { permute } from "./permute.ts";
import { sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";

/** A tensor and the label of each dimension; no label twice. */
interface Term {
  readonly tensor: Tensor;
  readonly labels: Labels;
}

/** The ellipses as labels of their own, `.0` for the last dimension they stand for. */
function spellOut(
  { inputs, output }: EinsumEquation,
  operands: readonly Tensor[],
  equation: string,
): EinsumEquation {
  const hidden = inputs.map((labels, i) => {
    const named = labels.filter((label) => label !== "...").length;
    const rest = operands[i].rank - named;
    if (rest < 0 || (rest > 0 && !labels.includes("..."))) {
      throw new ShapeError(
        `einsum: operand ${i} of "${equation}" has ${named} letters (got ${operands[i].describe()})`,
      );
    }
    return rest;
  });
  const most = Math.max(0, ...hidden);
  const spell = (labels: Labels, count: number): Labels =>
    labels.flatMap((label) =>
      label === "..." ? Array.from({ length: count }, (_, d) => `.${count - 1 - d}`) : [label],
    );
  return { inputs: inputs.map((labels, i) => spell(labels, hidden[i])), output: spell(output, most) };
}

/** The size that each label stands for; 1 gives way to others, as in broadcasting. */
function labelSizes(
  inputs: readonly Labels[],
  operands: readonly Tensor[],
  equation: string,
): Map<string, number> {
  const sizes = new Map<string, number>();
  inputs.forEach((labels, i) => {
    labels.forEach((label, d) => {
      const [known = 1, size] = [sizes.get(label), operands[i].shape[d]];
      if (known !== 1 && size !== 1 && known !== size) {
        throw new ShapeError(
          `einsum: "${label}" is ${known} and ${size} (operand ${i} of "${equation}", ${operands[i].describe()})`,
        );
      }
      sizes.set(label, known === 1 ? size : known);
    });
  });
  return sizes;
}

/** Takes diagonals where a label repeats, and drops dimensions of 1 that broadcast. */
function simplify(tensor: Tensor, labels: Labels, sizes: ReadonlyMap<string, number>): Term {
  let term: Term = { tensor, labels };
  for (;;) {
    const second = term.labels.findIndex((label, d) => term.labels.indexOf(label) !== d);
    if (second === -1) break;
    const label = term.labels[second];
    const first = term.labels.indexOf(label);
    const rest = term.labels.filter((_, d) => d !== first && d !== second);
    term = { tensor: diagonal(term.tensor, 0, first, second), labels: [...rest, label] };
  }
  const keeps = term.labels.map((label, d) => term.tensor.shape[d] === sizes.get(label));
  if (keeps.every(Boolean)) return term;
  const pick = <T>(list: readonly T[]): T[] => list.filter((_, d) => keeps[d]);
  return { tensor: reshape(term.tensor, pick(term.tensor.shape)), labels: pick(term.labels) };
}

/** Sums over the dimensions whose label is not among `kept`. */
function sumOut({ tensor, labels }: Term, kept: ReadonlySet<string>): Term {
  const axes = labels.flatMap((label, d) => (kept.has(label) ? [] : [d]));
  if (axes.length === 0) return { tensor, labels };
  return { tensor: sum(tensor, axes), labels: labels.filter((label) => kept.has(label)) };
}

function arrange({ tensor, labels }: Term, order: Labels): Tensor {
  return permute(
    tensor,
    order.map((label) => labels.indexOf(label)),
  );
}

/** The product of two terms, summed over what both have and nobody else needs: one matmul. */
function contract(left: Term, right: Term, kept: ReadonlySet<string>): Term {
  const inBoth = (label: string): boolean => left.labels.includes(label) && right.labels.includes(label);
  const [a, b] = [left, right].map((term) => sumOut(term, new Set([...kept, ...term.labels.filter(inBoth)])));
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => kept.has(label));
  const summed = shared.filter((label) => !kept.has(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const size = (term: Term, label: string): number => term.tensor.shape[term.labels.indexOf(label)];
  const sizes = (term: Term, labels: Labels): number[] => labels.map((label) => size(term, label));
  const labels = [...batch, ...rows, ...columns];
  if (summed.length === 0 || rows.length + columns.length === 0) {
    // Nothing to sum, or a dot product per batch entry: no matrix in it.
    const x = reshape(arrange(a, [...batch, ...rows, ...summed]), [
      ...sizes(a, [...batch, ...rows]),
      ...columns.map(() => 1),
      ...sizes(a, summed),
    ]);
    const y = reshape(arrange(b, [...batch, ...columns, ...summed]), [
      ...sizes(b, batch),
      ...rows.map(() => 1),
      ...sizes(b, [...columns, ...summed]),
    ]);
    const product = mul(x, y);
    return {
      tensor:
        summed.length > 0
          ? sum(
              product,
              summed.map((_, i) => labels.length + i),
            )
          : product,
      labels,
    };
  }
  const depth = sizeOf(sizes(a, summed));
  const x = reshape(arrange(a, [...batch, ...rows, ...summed]), [
    ...sizes(a, batch),
    sizeOf(sizes(a, rows)),
    depth,
  ]);
  const y = reshape(arrange(b, [...batch, ...summed, ...columns]), [
    ...sizes(b, batch),
    depth,
    sizeOf(sizes(b, columns)),
  ]);
  return { tensor: reshape(matmul(x, y), [...sizes(a, [...batch, ...rows]), ...sizes(b, columns)]), labels };
}

/** The two terms whose product is smallest. */
function cheapestPair(
  terms: readonly Term[],
  sizes: ReadonlyMap<string, number>,
  output: Labels,
): readonly [number, number] {
  let best: readonly [number, number] = [0, 1];
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < terms.length; i++) {
    for (let j = i + 1; j < terms.length; j++) {
      const kept = neededBeside(terms, [i, j], output);
      const labels = new Set([...terms[i].labels, ...terms[j].labels]);
      const cost = [...labels].reduce(
        (product, label) => (kept.has(label) ? product * (sizes.get(label) ?? 1) : product),
        1,
      );
      if (cost < least) [best, least] = [[i, j], cost];
    }
  }
  return best;
}

/** Labels of the output and of the terms other than `chosen`. */
function neededBeside(terms: readonly Term[], chosen: readonly number[], output: Labels): Set<string> {
  return new Set([...output, ...terms.flatMap((term, i) => (chosen.includes(i) ? [] : term.labels))]);
}

/**
 * Einstein's sum: products of operands, summed over the letters that the output lacks. Each contraction is one
 * (batched) matmul of views; with more than two operands, the pair with the smallest product goes first.
 *
 * @param equation  letters per operand, `...` for further dimensions (which broadcast): `"bhid,bhjd->bhij"`. Without
 *   `->`, the output has the letters that occur once, in the order of the alphabet; a letter twice in an operand takes
 *   the diagonal
 * @throws ArgumentError if the equation is malformed; ShapeError if operands do not fit it
 * @example einsum("ij,jk->ik", tensor([[1, 2]]), tensor([[3], [4]])); // => [[11]]
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  return tidy(() => {
    const parsed = parseEquation(equation);
    if (parsed.inputs.length !== operands.length || operands.length === 0) {
      throw new ArgumentError(
        `einsum: "${equation}" has ${parsed.inputs.length} operands (got ${operands.length})`,
      );
    }
    const { inputs, output } = spellOut(parsed, operands, equation);
    const sizes = labelSizes(inputs, operands, equation);
    const dtype = operands.map((operand) => operand.dtype).reduce(promote);
    let terms = operands.map((operand, i) => simplify(cast(operand, dtype), inputs[i], sizes));
    while (terms.length > 1) {
      const [i, j] = cheapestPair(terms, sizes, output);
      const product = contract(terms[i], terms[j], neededBeside(terms, [i, j], output));
      terms = [...terms.filter((_, t) => t !== i && t !== j), product];
    }
    const [result] = terms.map((term) => sumOut(term, new Set(output)));
    return arrange(result, output);
  });
}
