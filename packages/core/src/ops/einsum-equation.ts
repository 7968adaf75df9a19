import { ArgumentError } from "../errors.ts";

/** The letters of one operand, `...` as one of them. */
export type Labels = readonly string[];

/** A parsed equation. */
export interface EinsumEquation {
  readonly inputs: readonly Labels[];
  readonly output: Labels;
}

function parseLabels(equation: string, term: string): Labels {
  const labels = term.match(/\.\.\.|\S/g) ?? [];
  for (const label of labels) {
    if (label !== "..." && !/^[A-Za-z]$/.test(label)) {
      throw new ArgumentError(`einsum: "${label}" is no letter (in "${equation}")`);
    }
  }
  if (labels.filter((label) => label === "...").length > 1) {
    throw new ArgumentError(`einsum: an operand has two ellipses (in "${equation}")`);
  }
  return labels;
}

/** Without `->`: the ellipsis, then the letters that occur once, in the order of the alphabet (capitals first). */
function impliedOutput(inputs: readonly Labels[]): Labels {
  const all = inputs.flat();
  const once = [...new Set(all)].filter(
    (label) => label !== "..." && all.indexOf(label) === all.lastIndexOf(label),
  );
  return [...(all.includes("...") ? ["..."] : []), ...once.sort()];
}

/**
 * Parses an equation of `einsum`.
 *
 * @throws ArgumentError `einsum: the output letter "k" is in no operand (in "ij->ik")`
 * @example parseEquation("ij,jk->ik").output; // => ["i", "k"]
 */
export function parseEquation(equation: string): EinsumEquation {
  const sides = equation.split("->");
  if (sides.length > 2) throw new ArgumentError(`einsum: "->" occurs twice (in "${equation}")`);
  const inputs = sides[0].split(",").map((term) => parseLabels(equation, term));
  if (sides.length === 1) return { inputs, output: impliedOutput(inputs) };
  const output = parseLabels(equation, sides[1]);
  output.forEach((label, i) => {
    if (output.indexOf(label) !== i)
      throw new ArgumentError(`einsum: the output letter "${label}" occurs twice (in "${equation}")`);
    const known = inputs.some((labels) => labels.includes(label));
    // An ellipsis may stand for no dimensions.
    if (!known && label !== "...")
      throw new ArgumentError(`einsum: the output letter "${label}" is in no operand (in "${equation}")`);
  });
  return { inputs, output };
}
