import type { GoldenCase } from "../case-list.ts";
import { Config } from "../config.ts";
import type { Handler } from "../context.ts";
import { moduleHandler } from "../module-case.ts";
import { multiheadOps } from "./attention/multihead.ts";
import { positionHandlers, positionOps } from "./attention/positions.ts";
import { scaledDotProductHandlers, scaledDotProductOps } from "./attention/scaled-dot-product.ts";
import { sinusoidHandlers } from "./attention/sinusoid.ts";
import { transformerOps } from "./attention/transformer.ts";
import { checkpoint } from "./format/checkpoint.ts";
import { brokenFile, validFile } from "./format/files.ts";
import { ops } from "./ops/index.ts";
import { optimHandlers } from "./optim/index.ts";
import { scheduleHandlers } from "./optim/schedules.ts";
import { recurrentOps } from "./rnn/recurrent.ts";
import { sequenceAttentionOps } from "./rnn/sequence-attention.ts";
import type { AdapterTable } from "./table.ts";
import { tokenizerTable } from "./tokenizers/index.ts";

/** Adapters of cases with inputs and outputs, by folder. */
const modules: Readonly<Record<string, AdapterTable>> = {
  ops,
  attention: { ...multiheadOps, ...scaledDotProductOps, ...positionOps, ...transformerOps },
  rnn: { ...recurrentOps, ...sequenceAttentionOps },
  misc: scaledDotProductOps,
};
/** Handlers of all others, by folder and op. */
const handlers: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  attention: { ...sinusoidHandlers, ...positionHandlers, ...scaledDotProductHandlers },
  optim: optimHandlers,
  misc: scheduleHandlers,
  format: { valid: validFile, broken: brokenFile, checkpoint },
  tokenizers: { tokenizers: tokenizerTable },
};

/** Folders and groups that no package of ours serves yet. */
const waiting: Readonly<Record<string, string>> = {
  rnn: "no package has these recurrent models yet",
  hf: "no package reads these model folders yet",
  indep: "no package reads these models yet",
  audio: "no package computes audio features",
  logits: "no package has these processors of logits",
  metrics: "no package computes these metrics",
};

/** `sum_d1` and `sum_all` are `sum` with the dimension in the name. */
function withoutSuffix(golden: GoldenCase): GoldenCase {
  const match = /^(.+)_(?:d(-?\d+)|all)$/.exec(golden.op);
  if (!match) return golden;
  const dim = match[2] === undefined ? [] : [Number(match[2])];
  return {
    ...golden,
    op: match[1],
    config: new Config({ dim: dim.length === 1 ? dim[0] : dim, ...golden.config.values }),
  };
}

/** How a case is run, or why it is not. */
export function handlerOf(
  golden: GoldenCase,
): { readonly run: Handler; readonly golden: GoldenCase } | string {
  const table = modules[golden.folder];
  for (const each of [golden, withoutSuffix(golden)]) {
    const handler = handlers[each.folder]?.[each.op];
    if (handler) return { run: handler, golden: each };
    const adapter = table?.[`${each.group}/${each.op}`] ?? table?.[each.op];
    if (adapter && each.outputs.length > 0) return { run: moduleHandler(adapter), golden: each };
  }
  return (
    waiting[golden.group] ?? waiting[golden.folder] ?? `no adapter for ${golden.folder} op "${golden.op}"`
  );
}
