import { attention } from "./attention.ts";
import { attentionVariants } from "./attention-variants.ts";
import { bandwidth } from "./bandwidth.ts";
import { decode } from "./decode.ts";
import { dispatch } from "./dispatch.ts";
import { matmul } from "./matmul.ts";
import { peak } from "./peak.ts";
import { read } from "./read.ts";
import { rnn } from "./rnn.ts";
import { startup } from "./startup.ts";
import { step } from "./step.ts";
import { tokenizers, tokenizersOf } from "./tokenizers.ts";
import type { Processor, Work } from "./work.ts";

/** What can be asked for by name. The peak is measured beside every one of them. */
export const works: readonly Work[] = [
  matmul,
  attention,
  attentionVariants,
  bandwidth,
  step,
  rnn,
  read,
  decode,
  dispatch,
  startup,
  tokenizers,
];

/** @throws Error for a name that there is not */
export function workNamed(name: string, among: readonly Work[] = [...works, peak]): Work {
  const found = among.find((work) => work.name === name);
  if (!found) throw new Error(`unknown work "${name}" (known: ${among.map((work) => work.name).join(", ")})`);
  return found;
}

/** A work at the sizes for GPUs. */
function onGpu(work: Work): Work[] {
  if (!work.gpu) return [];
  const limits = work.limit ? onGpu(work.limit) : [];
  return [{ ...work, configs: work.gpu, ...(limits.length > 0 && { limit: limits[0] }) }];
}

/**
 * The works of some names, or all, with the configs whose name contains a text; those that take long if asked for. Before
 * a work comes its limit, whole.
 *
 * @param text  a file for the tokenizers
 * @param processor  whose sizes they are
 * @throws Error for a name that there is not, a work that is not for that processor, a file that is not there or that nothing reads, or where nothing is left
 */
export function selectWorks(
  names: readonly string[],
  only = "",
  long = false,
  text?: string,
  processor: Processor = "cpu",
): Work[] {
  const given = text === undefined ? works : works.map((it) => (it === tokenizers ? tokenizersOf(text) : it));
  const known = processor === "cpu" ? given : given.flatMap(onGpu);
  const named = names.length === 0 ? known : names.map((name) => workNamed(name, known));
  if (text !== undefined && !named.some(({ name }) => name === tokenizers.name)) {
    throw new Error(`no work that is asked for reads ${text}: it is for tokenizers`);
  }
  const selected = named
    .map((work) => ({
      ...work,
      configs: work.configs.filter((config) => (long || !config.long) && config.name.includes(only)),
    }))
    .filter(({ configs }) => configs.length > 0);
  if (selected.length === 0) throw new Error(`no config contains "${only}"`);
  return selected.flatMap((work) =>
    work.limit && !selected.some(({ name }) => name === work.limit?.name) ? [work.limit, work] : [work],
  );
}
