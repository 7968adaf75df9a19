import { ArgumentError, noGrad, type OptionNames, requireKnown, type Tensor, tidy } from "@saccade/core";
import { withAttentionHook } from "../scaled-dot-product/attention-hooks.ts";
import { type AblationOptions, ablateHeads, type HeadsByPath, requireReplacement } from "./ablate-heads.ts";
import { CallNames, type ModuleTree } from "./module-paths.ts";
import { type ProgressOption, runCounter } from "./run-progress.ts";
import { noHeads } from "./selected-calls.ts";

/** A head, and the loss without it. */
export interface HeadAblation {
  /** Of its module. */
  readonly path: string;
  readonly head: number;
  readonly loss: number;
}

/** What `headAblation` gives. */
export interface HeadAblations {
  /** The loss with all heads. */
  readonly loss: number;
  /** The loss without each head, in the order in which the model attends. */
  readonly heads: readonly HeadAblation[];
}

/** Of `headAblation`. */
export interface HeadAblationOptions extends AblationOptions, ProgressOption {}

/** Of `pruningOrder`. */
export interface PruningOptions extends HeadAblationOptions {
  /** How many heads to remove. Default all. */
  readonly count?: number;
}

const ablationNames: OptionNames<HeadAblationOptions> = { replacement: true, onProgress: true };
const pruningNames: OptionNames<PruningOptions> = { ...ablationNames, count: true };

type Head = Pick<HeadAblation, "path" | "head">;

/** The number that a loss is, unrecorded; nothing else is left of it. */
async function numberOf(loss: () => Tensor): Promise<number> {
  const value = noGrad(() => tidy(loss));
  try {
    return await value.item();
  } finally {
    value.dispose();
  }
}

/** The loss with all heads, and which there are, in the order of the calls. */
async function allHeads(
  owner: string,
  model: ModuleTree,
  loss: () => Tensor,
): Promise<{ loss: number; heads: Head[] }> {
  const names = new CallNames(model);
  const sizes = new Map<string, number>();
  const body = (): Tensor =>
    withAttentionHook((call) => {
      if (names.has(call.owner)) sizes.set(names.path(call.owner), call.out.shape[1]);
      return call.out;
    }, loss);
  const value = await numberOf(body);
  if (sizes.size === 0) throw new ArgumentError(`${owner}: ${noHeads}`);
  const heads = [...sizes].flatMap(([path, H]) => Array.from({ length: H }, (_, head) => ({ path, head })));
  return { loss: value, heads };
}

function byPath(heads: readonly Head[]): HeadsByPath {
  const found: Record<string, number[]> = {};
  for (const { path, head } of heads) {
    if (!Object.hasOwn(found, path)) found[path] = [];
    found[path].push(head);
  }
  return found;
}

/** The loss without heads that are gone already and one more, for each of the others. */
async function withoutEach(
  model: ModuleTree,
  loss: () => Tensor,
  gone: readonly Head[],
  others: readonly Head[],
  options: AblationOptions,
  ran: () => void,
): Promise<HeadAblation[]> {
  const results: HeadAblation[] = [];
  for (const head of others) {
    const value = await numberOf(() => ablateHeads(model, byPath([...gone, head]), loss, options));
    results.push({ ...head, loss: value });
    ran();
  }
  return results;
}

/**
 * The loss of a model without each of its heads, one at a time: as many runs as there are heads, and one.
 *
 * @param loss  computes a scalar: over a batch, or over all of a dataset
 * @param options.onProgress  told behind each run how many are done
 * @throws ArgumentError if no module of the model calls `attention`, for an option that is unknown or out of range
 * @see Michel, Levy & Neubig 2019, arXiv:1905.10650
 * @example
 * const mha = new MultiHeadAttention({ embedDim: 64, numHeads: 4 }, { key: new Key(0) });
 * const { heads } = await headAblation({ layers: [mha] }, () => mha.forward(x).square().mean());
 * heads.map(({ path, head }) => `${path}.${head}`); // => ["layers.0.0", "layers.0.1", "layers.0.2", "layers.0.3"]
 */
export async function headAblation(
  model: ModuleTree,
  loss: () => Tensor,
  options: HeadAblationOptions = {},
): Promise<HeadAblations> {
  requireKnown("headAblation", options, ablationNames);
  const ablation = { replacement: requireReplacement("headAblation", options.replacement) };
  const count = runCounter("headAblation", options, 0);
  const all = await allHeads("headAblation", model, loss);
  const ran = (): void => count(1 + all.heads.length);
  ran();
  return { loss: all.loss, heads: await withoutEach(model, loss, [], all.heads, ablation, ran) };
}

/**
 * Which heads a model can do without, greedily: each time the one whose removal leaves the least loss, beside those that are
 * gone. For n heads n (n + 1) / 2 runs, and one; `headImportance` orders them by one backward pass a batch.
 *
 * @param loss  computes a scalar
 * @param options.count  how many heads to remove
 * @param options.onProgress  told behind each run how many are done
 * @returns the heads in the order of removal, each with the loss without it and those before
 * @throws ArgumentError if no module of the model calls `attention`, for an option that is unknown or out of range
 * @example
 * const mha = new MultiHeadAttention({ embedDim: 64, numHeads: 4 }, { key: new Key(0) });
 * const order = await pruningOrder({ layers: [mha] }, () => mha.forward(x).square().mean(), { count: 2 });
 * order.length; // => 2
 */
export async function pruningOrder(
  model: ModuleTree,
  loss: () => Tensor,
  options: PruningOptions = {},
): Promise<readonly HeadAblation[]> {
  requireKnown("pruningOrder", options, pruningNames);
  const { replacement, count } = options;
  const ablation = { replacement: requireReplacement("pruningOrder", replacement) };
  const counter = runCounter("pruningOrder", options, 0);
  const { heads } = await allHeads("pruningOrder", model, loss);
  const wanted = count ?? heads.length;
  if (!(Number.isInteger(wanted) && wanted >= 0 && wanted <= heads.length)) {
    throw new ArgumentError(
      `pruningOrder: count must be an integer from 0 to ${heads.length} (got ${wanted})`,
    );
  }
  const ran = (): void => counter(1 + (wanted * (2 * heads.length - wanted + 1)) / 2);
  ran();
  const gone: HeadAblation[] = [];
  while (gone.length < wanted) {
    const others = heads.filter(
      ({ path, head }) => !gone.some((one) => one.path === path && one.head === head),
    );
    const losses = await withoutEach(model, loss, gone, others, ablation, ran);
    gone.push(losses.reduce((least, one) => (one.loss < least.loss ? one : least)));
  }
  return gone;
}
