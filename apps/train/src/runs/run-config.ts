import { z } from "zod";
import { UsageError } from "../errors.ts";
import { precisions } from "../trainer/training-task.ts";

const whole = z.number().int();
const common = {
  seed: whole.min(0),
  steps: whole.min(1),
  batchSize: whole.min(1),
  learningRate: z.number().min(0),
  embedDim: whole.min(1).max(65536),
  numLayers: whole.min(1).max(1024),
  numHeads: whole.min(1),
  dropout: z.number().min(0).lt(1),
  /** Runs of before had f32 only. */
  dtype: z.enum(precisions).default("f32"),
};

const runConfig = z.discriminatedUnion("task", [
  z.strictObject({
    task: z.literal("dates"),
    sourceAlphabet: z.string().min(1),
    fingerprint: z.string(),
    ...common,
  }),
  z.strictObject({
    task: z.literal("lm"),
    data: z.string(),
    dataSha256: z.string(),
    contextLength: whole.min(1).max(1 << 20),
    ...common,
  }),
]);

/** What `config.json` of a run folder holds. */
export type RunConfig = z.infer<typeof runConfig>;

/** @throws UsageError naming the field that is wrong */
export function parseRunConfig(value: unknown, folder: string): RunConfig {
  const parsed = runConfig.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`);
  throw new UsageError(`${folder}/config.json does not describe a run (${problems.join("; ")})`);
}
