import {
  add,
  concat,
  defineOp,
  mul,
  narrow,
  neg,
  type OptionNames,
  requireFloat,
  requireKnown,
  reshape,
  runOne,
  ShapeError,
  sub,
  type Tensor,
} from "@saccade/core";

/** Which features make a pair: neighbours `(2i, 2i + 1)`, or those of the two halves, `(i, i + R/2)`. */
interface RotaryAttrs {
  readonly interleaved: boolean;
}

/** Options of `rotaryEmbedding`. */
type RotaryOptions = Partial<RotaryAttrs>;

const optionNames: OptionNames<RotaryOptions> = { interleaved: true };

/** `x [..., T, D]`, cosines and sines that broadcast to `[..., T, R/2]`, with R <= D; features from R on stay as they are. */
type RotaryInputs = readonly [x: Tensor, cos: Tensor, sin: Tensor];

const rotaryOp = defineOp<RotaryInputs, RotaryAttrs>("rotaryEmbedding", {
  infer([x, cos, sin]) {
    requireFloat("rotaryEmbedding", x, "x");
    checkTables(x, cos, sin);
    return [x];
  },
  compose: ([x, cos, sin], { interleaved }) => [rotate(x, cos, sin, interleaved)],
  saves: () => ({ inputs: [0, 1, 2] }),
  vjp({ grad, inputs: [x, cos, sin], attrs, needs }) {
    // A rotation's transpose is the rotation back.
    const dx = needs[0] ? run(grad, cos, neg(sin), attrs) : null;
    if (!needs[1] && !needs[2]) return [dx, null, null];
    const [a, b] = pairsOf(x, 2 * cos.shape[cos.rank - 1], attrs.interleaved);
    const [da, db] = pairsOf(grad, 2 * cos.shape[cos.rank - 1], attrs.interleaved);
    return [dx, add(mul(a, da), mul(b, db)), sub(mul(a, db), mul(b, da))];
  },
});

function run(x: Tensor, cos: Tensor, sin: Tensor, attrs: RotaryAttrs): Tensor {
  return runOne(rotaryOp, [x, cos, sin], attrs);
}

function checkTables(x: Tensor, cos: Tensor, sin: Tensor): void {
  const [length, width] = x.shape.slice(-2);
  const pairs = cos.shape[cos.rank - 1];
  const fits = (table: Tensor): boolean => {
    if (x.rank < 2 || table.rank < 2 || table.rank > x.rank || table.shape[table.rank - 1] !== pairs)
      return false;
    if (table.shape[table.rank - 2] !== length && table.shape[table.rank - 2] !== 1) return false;
    const front = x.shape.slice(x.rank - table.rank, -2);
    return table.shape.slice(0, -2).every((size, d) => size === 1 || size === front[d]);
  };
  if (fits(cos) && fits(sin) && 2 * pairs <= width) return;
  throw new ShapeError(
    `rotaryEmbedding: x must be [..., T, D], cos and sin [T, R/2] or broadcast to [..., T, R/2], R <= D (got x ${x.describe()}, cos ${cos.describe()}, sin ${sin.describe()})`,
  );
}

function rotate(x: Tensor, cos: Tensor, sin: Tensor, interleaved: boolean): Tensor {
  const width = x.shape[x.rank - 1];
  const rotated = 2 * cos.shape[cos.rank - 1];
  const [a, b] = pairsOf(x, rotated, interleaved);
  const parts = [sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))];
  const turned = interleaved ? interleave(parts) : concat(parts, -1);
  return rotated === width ? turned : concat([turned, narrow(x, -1, rotated, width - rotated)], -1);
}

/** First and second of all pairs, `[..., R/2]` each. */
function pairsOf(x: Tensor, rotated: number, interleaved: boolean): readonly [Tensor, Tensor] {
  const half = rotated / 2;
  if (!interleaved) return [narrow(x, -1, 0, half), narrow(x, -1, half, half)];
  const pairs = reshape(narrow(x, -1, 0, rotated), [...x.shape.slice(0, -1), half, 2]);
  const one = (member: number): Tensor =>
    reshape(narrow(pairs, -1, member, 1), [...x.shape.slice(0, -1), half]);
  return [one(0), one(1)];
}

function interleave(parts: readonly Tensor[]): Tensor {
  const shape = parts[0].shape;
  const columns = parts.map((part) => reshape(part, [...shape, 1]));
  return reshape(concat(columns, -1), [...shape.slice(0, -1), 2 * shape[shape.length - 1]]);
}

/**
 * Turns every pair of features by an angle that its place gives: `(a, b) -> (a cos - b sin, b cos + a sin)`. Products of
 * turned queries and keys depend on their distance alone.
 *
 * @param x  queries or keys, `[..., T, D]`
 * @param cos  `[T, R/2]`, or what broadcasts to `[..., T, R/2]`: cosines of the angles; `sin` likewise. `R <= D`: features
 *   from R on stay as they are
 * @param options.interleaved  pairs are neighbours `(2i, 2i + 1)`, as in RoFormer and GPT-J; by default those of the two
 *   halves `(i, i + R/2)`, as in GPT-NeoX and Llama
 * @returns the shape and dtype of x; gradients to all three
 * @throws ShapeError, DTypeError
 * @see Su et al. 2021, arXiv:2104.09864, equation 34
 * @example
 * const x = tensor([[1, 0]]);
 * rotaryEmbedding(x, tensor([[0]]), tensor([[1]])); // => [[0, 1]]
 */
export function rotaryEmbedding(x: Tensor, cos: Tensor, sin: Tensor, options: RotaryOptions = {}): Tensor {
  requireKnown("rotaryEmbedding", options, optionNames);
  return run(x, cos, sin, { interleaved: options.interleaved ?? false });
}
