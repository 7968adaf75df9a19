import { attentionCheck, attentionData } from "../../works/attention.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import { swapHeads } from "../swap-heads.ts";
import { computesAll } from "./computes.ts";
import type { Jax, JaxArray } from "./jax.ts";

/** Its own attention, on [B, T, H, E]. */
export function attention(jax: Jax, parameters: Parameters): Prepared {
  const { heads, length, width, backward } = parameters;
  const isCausal = parameters.causal === 1;
  const { operands, outputBytes } = attentionData(parameters);
  const arrays = operands.map((values) =>
    jax.numpy.array(swapHeads(values, heads, length, width), { shape: [1, length, heads, width] }),
  );
  const attend = (q: JaxArray, k: JaxArray, v: JaxArray): JaxArray =>
    jax.nn.dotProductAttention(q, k, v, { isCausal });
  const both = (q: JaxArray, k: JaxArray, v: JaxArray, dy: JaxArray): JaxArray[] => {
    const [y, pull] = jax.vjp(attend, [q, k, v]);
    return [y, ...pull(dy)];
  };
  const prepared =
    backward === 1
      ? computesAll(jax, both as (...xs: JaxArray[]) => JaxArray[], arrays, attentionCheck)
      : computesAll(
          jax,
          ((q: JaxArray, k: JaxArray, v: JaxArray) => [attend(q, k, v)]) as (...xs: JaxArray[]) => JaxArray[],
          arrays.slice(0, 3),
          attentionCheck,
        );
  return { ...prepared, outputBytes };
}
