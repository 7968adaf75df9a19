import type { Parameters } from "../../works/work.ts";
import type { PlainGraph } from "./model.ts";

/** Its fused op, on [B, T, H E]. */
export function attentionGraph({ heads, length, width, causal }: Parameters): PlainGraph {
  const shape = [1, length, heads * width];
  return {
    nodes: [
      {
        op: "MultiHeadAttention",
        domain: "com.microsoft",
        inputs: ["q", "k", "v"],
        outputs: ["y"],
        ints: { num_heads: heads, unidirectional: causal },
      },
    ],
    inputs: { q: shape, k: shape, v: shape },
    outputs: { y: shape },
  };
}
