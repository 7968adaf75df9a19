import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Tensor, tensor, tidy } from "@saccade/core";
import { decodeToFloat64 } from "@saccade/core/safetensors";
import { loadCheckpoint } from "@saccade/core/safetensors/node";
import { compareTensor } from "../../compare.ts";
import { Config, type Json } from "../../config.ts";
import type { CaseContext, Handler } from "../../context.ts";
import { SkipCase } from "../../skip.ts";
import { TensorStore } from "../../tensor-store.ts";
import { llamaLogits } from "./llama.ts";

function readConfig(path: string): Config {
  return new Config(JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, Json>>);
}

/** All weights of a checkpoint, of one file or many, as float tensors. */
async function loadWeights({ golden, backend, float }: CaseContext): Promise<Record<string, Tensor>> {
  const weights: Record<string, Tensor> = {};
  for await (const entry of await loadCheckpoint(golden.path)) {
    weights[entry.name] = tensor(decodeToFloat64(entry), { shape: entry.shape, dtype: float, backend });
  }
  return weights;
}

/** A model folder, its weights in half precision or many files: the logits are those of the weights as stored. */
export const checkpoint: Handler = async (context) => {
  const { path } = context.golden;
  const config = readConfig(join(path, "config.json"));
  if (config.string("model_type") !== "llama")
    throw new SkipCase(`the checkpoint is a ${config.string("model_type")}`);
  const tolerance = readConfig(join(dirname(path), "checkpoints.json"));
  const store = new TensorStore();
  const file = join(path, "golden.safetensors");
  const weights = await loadWeights(context);
  using ids = store.tensor(file, "in/input_ids", context.backend, context.float);
  using logits = tidy(() => llamaLogits(ids, weights, config));
  const { atol, rtol } = { atol: tolerance.number("atol"), rtol: tolerance.number("rtol") };
  context.note(await compareTensor("out/logits", logits, store.read(file, "out/logits"), { atol, rtol }));
  for (const weight of Object.values(weights)) weight.dispose();
};
