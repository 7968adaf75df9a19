import { ArgumentError, type OptionNames, requireKnown, type Tensor, tensor, tidy } from "@saccade/core";
import { LayeredFlow } from "./max-flow.ts";
import { passedOn, type ResidualOptions } from "./rollout.ts";

/** Of `attentionFlow`. */
export interface FlowOptions extends ResidualOptions {
  /** Which tokens of the last layer; -1 is the last. Default all. */
  readonly queries?: readonly number[];
}

const optionNames: OptionNames<FlowOptions> = { residual: true, queries: true };

/**
 * Attention flow: how much can flow from a token of the last layer to a token of the input, where attention weights are the
 * capacities of edges: the maximum flow through the graph of layers, whose edges are `Â = (1 - r) mean over heads of A + r I`,
 * rows divided by their sums, as for `rollout`. Unlike `rollout`, what one path has taken no other can take.
 *
 * Exact, in f64. It is computed on the calling thread: 64 queries over 64 tokens and 6 layers, 4096 flows, take one or two
 * seconds; time grows faster than the fourth power of the tokens where all queries are asked for.
 *
 * @param layers  weights of self-attention, `[B, H, T, T]` each, the first layer first
 * @returns `[B, t, T]`, where the weights are; whoever calls disposes of it
 * @throws ShapeError unless all are square and alike; ArgumentError for no layers, an option out of range
 * @see Abnar & Zuidema 2020, arXiv:2005.00928, section 3
 * @example
 * const first = tensor([[[[1, 0], [1, 0]]]]); // both tokens look at token 0
 * const second = tensor([[[[0, 1], [0, 1]]]]);
 * using flow = await attentionFlow([first, second]);
 * flow; // => [[[1, 0.5], [0.5, 0.5]]]
 */
export async function attentionFlow(layers: readonly Tensor[], options: FlowOptions = {}): Promise<Tensor> {
  requireKnown("attentionFlow", options, optionNames);
  const { residual = 0.5 } = options;
  const passed = tidy(() => passedOn("attentionFlow", layers, residual));
  try {
    const [B, T] = passed[0].shape;
    const queries = resolveQueries(options.queries, T);
    const { dtype, backend } = layers[0];
    const capacities = await Promise.all(passed.map(async (layer) => Float64Array.from(await layer.data())));
    const flows: number[] = [];
    for (let b = 0; b < B; b++) {
      const own = capacities.map((layer) => layer.subarray(b * T * T, (b + 1) * T * T));
      const unknown = own.some((layer) => layer.some(Number.isNaN));
      const graph = new LayeredFlow(own, T);
      for (const i of queries)
        for (let j = 0; j < T; j++) flows.push(unknown ? Number.NaN : graph.maximum(i, j));
    }
    return tensor(Float64Array.from(flows), { shape: [B, queries.length, T], dtype, backend });
  } finally {
    for (const layer of passed) layer.dispose();
  }
}

function resolveQueries(wanted: readonly number[] | undefined, T: number): number[] {
  if (wanted === undefined) return Array.from({ length: T }, (_, i) => i);
  return wanted.map((i) => {
    if (Number.isInteger(i) && i >= -T && i < T) return i < 0 ? i + T : i;
    throw new ArgumentError(`attentionFlow: queries are integers from ${-T} to ${T - 1} (got ${i})`);
  });
}
