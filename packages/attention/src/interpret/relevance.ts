import {
  ArgumentError,
  add,
  diagEmbed,
  div,
  eq,
  matmul,
  maximum,
  mean,
  mul,
  ones,
  ShapeError,
  sub,
  sum,
  type Tensor,
  tidy,
  transpose,
  where,
} from "@saccade/core";
import type { GradientMap } from "./capture-gradients.ts";

/** A layer's attention, and between which sequences it is. */
export interface RelevanceLayer {
  readonly map: Pick<GradientMap, "weights" | "gradient">;
  /** The sequence that queries: `"target"`, say. */
  readonly of: string;
  /** The sequence that is attended to. Default the same: self-attention. */
  readonly to?: string;
}

/** `relevance[of][to]`, `[B, T of "of", T of "to"]`: how relevant the tokens of the input "to" are to those of "of". */
export type Relevance = Readonly<Record<string, Readonly<Record<string, Tensor>>>>;

/** `Ā`, the mean over heads of the positive part of gradient times weight: `[B, T, S]`. */
function positivePart(map: RelevanceLayer["map"], what: string): Tensor {
  const { weights, gradient } = map;
  const fits = weights.rank === 4 && weights.shape.every((size, d) => size === gradient.shape[d]);
  if (fits && gradient.rank === 4) return mean(maximum(mul(gradient, weights), 0), 1);
  throw new ShapeError(
    `relevance: weights and gradient of ${what} must be [B, H, T, S], alike (got ${weights.describe()} and ${gradient.describe()})`,
  );
}

/** What attention has added to relevances among a sequence's own tokens, rows divided by their sums; and the identity. */
function normalised(own: Tensor, identity: Tensor): Tensor {
  const mixed = sub(own, identity);
  const sums = sum(mixed, -1, { keepDims: true });
  return add(div(mixed, where(eq(sums, 0), 1, sums)), identity); // rows of zeros stay
}

/** Relevances by what they are of and to; missing are those between sequences of which neither has seen the other. */
class Relevances {
  private readonly byPair = new Map<string, Map<string, Tensor>>();
  private readonly identities = new Map<string, Tensor>();

  /** A sequence that is seen for the first time is relevant to itself alone. */
  enter(name: string, like: Tensor, length: number): Tensor {
    const known = this.identities.get(name);
    if (known === undefined) {
      const { dtype, backend, shape } = like;
      const identity = diagEmbed(ones([shape[0], length], { dtype, backend }));
      this.identities.set(name, identity);
      this.set(name, name, identity);
      return identity;
    }
    if (known.shape[0] === like.shape[0] && known.shape[1] === length) return known;
    const [B, T] = known.shape;
    throw new ShapeError(
      `relevance: "${name}" is [${B}, ${T}], batch and length (got a map ${like.describe()} of [B, T, S])`,
    );
  }

  get(of: string, to: string): Tensor | null {
    return this.byPair.get(of)?.get(to) ?? null;
  }

  set(of: string, to: string, relevance: Tensor): void {
    const row = this.byPair.get(of) ?? new Map<string, Tensor>();
    this.byPair.set(of, row.set(to, relevance));
  }

  /** What a layer adds, by the sequence that it is relevant to. */
  additions({ map, of, to = of }: RelevanceLayer): readonly [of: string, to: string, more: Tensor][] {
    const passed = positivePart(map, of === to ? `"${of}"` : `"${of}" to "${to}"`);
    const [, T, S] = passed.shape;
    const own = this.enter(of, passed, T);
    if (of === to) {
      if (S !== T)
        throw new ShapeError(`relevance: self-attention of "${of}" must be square (got ${T} x ${S})`);
      const below = [...(this.byPair.get(of) ?? [])];
      return below.map(([name, relevance]) => [of, name, matmul(passed, relevance)]);
    }
    const other = this.enter(to, passed, S);
    const [ownMix, otherMix] = [of, to].map((name, i) =>
      normalised(this.get(name, name) as Tensor, i === 0 ? own : other),
    );
    const across = matmul(transpose(ownMix), matmul(passed, otherMix));
    const back = this.get(to, of);
    return [[of, to, across], ...(back ? [[of, of, matmul(passed, back)] as [string, string, Tensor]] : [])];
  }

  apply(of: string, to: string, more: Tensor): void {
    const present = this.get(of, to);
    this.set(of, to, present ? add(present, more) : more);
  }

  all(): Relevance {
    return Object.fromEntries([...this.byPair].map(([of, row]) => [of, Object.fromEntries(row)]));
  }
}

/**
 * How relevant the tokens of the input are to a number that a model computed, by attention weights and the number's gradients
 * with respect to them: self-attention, cross-attention and co-attention. With `Ā = mean over heads of (∇A ⊙ A)+`, from the
 * first layer on, of `R^ss = I` and `R^sq = 0`:
 *
 * ```
 * self-attention of s         R^ss += Ā R^ss        R^sq += Ā R^sq                              (6, 7)
 * cross-attention of s to q   R^sq += (R̄^ss)^T Ā R̄^qq       R^ss += Ā R^qs                      (10, 11)
 *                             R̄ = (R - I), rows divided by their sums, + I                      (8, 9)
 * ```
 *
 * The row of the token from which the number was computed is read: `relevance.text.text.slice(0, 0)` of a classification
 * token. The method before it (Chefer, Gur & Wolf 2021, arXiv:2012.09838) has relevances that a rule for each operation of a
 * model propagates in the place of the weights; it is no function of maps and gradients, and is not offered.
 *
 * @param layers  in the order in which the model computes them; those of an inner list at once, each from what was before
 *   (co-attention)
 * @returns by the names of sequences, in the current scope
 * @throws ShapeError for maps that do not fit each other; ArgumentError for no layers
 * @see Chefer, Gur & Wolf 2021, arXiv:2103.15679, eq. 5 to 11, and its authors' code
 * @example
 * const weights = tensor([[[[0.5, 0.5], [0.25, 0.75]]]]);
 * const gradient = tensor([[[[0, 0], [4, -1]]]]); // more of token 0 in token 1 is good, of token 1 bad
 * const map = { weights, gradient };
 * relevance([{ map, of: "text" }]).text.text; // => [[[1, 0], [1, 1]]]
 * const both = relevance([{ map, of: "source" }, { map, of: "target", to: "source" }]);
 * both.target.source; // => [[[0, 0], [1, 0]]]
 */
export function relevance(layers: readonly (RelevanceLayer | readonly RelevanceLayer[])[]): Relevance {
  if (layers.length === 0) throw new ArgumentError("relevance: needs one layer at least (got none)");
  return tidy(() => {
    const relevances = new Relevances();
    for (const layer of layers) {
      const atOnce = "of" in layer ? [layer] : layer;
      const additions = atOnce.flatMap((one) => relevances.additions(one));
      for (const [of, to, more] of additions) relevances.apply(of, to, more);
    }
    return relevances.all();
  });
}
