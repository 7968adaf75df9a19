import { type CachedModel, decodes } from "../../works/decode.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import type { Job } from "../peer.ts";
import { gpt2Graph } from "./gpt2.ts";
import { onnxModel } from "./model.ts";
import type { Ort, OrtOptions, OrtTensor } from "./ort.ts";

type Tensors = Readonly<Record<string, OrtTensor>>;
/** Runs a graph of `gpt2Graph`. */
type Run = (inputs: Tensors, cache: Tensors) => Promise<Tensors>;

export async function decode(ort: Ort, options: OrtOptions, { parameters, variant }: Job): Promise<Prepared> {
  const session = await ort.InferenceSession.create(onnxModel(gpt2Graph(parameters)), options);
  const run: Run = (inputs, cache) => session.run({ ...inputs, ...cache });
  return decodes(parameters, variant, cachedModel(ort, run, parameters));
}

/** The caches that a run gives back go into the next one. Those behind the prompt are kept. */
export function cachedModel(ort: Pick<Ort, "Tensor">, run: Run, config: Parameters): CachedModel {
  const caches = new Map<number, Tensors>([[0, emptyCache(ort, config)]]);
  const integers = (values: readonly number[]): OrtTensor =>
    new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
  return {
    async forward(ids, past) {
      const cache = caches.get(past);
      if (!cache) throw new Error(`decode: no cache of ${past} tokens`);
      const inputs = {
        input_ids: integers(ids),
        attention_mask: integers(Array<number>(past + ids.length).fill(1)),
        position_ids: integers(ids.map((_, i) => past + i)),
      };
      const outputs = await run(inputs, cache);
      if (past > config.prompt) caches.delete(past);
      caches.set(past + ids.length, pastOf(outputs));
      return outputs.logits.data as Float32Array;
    },
  };
}

function emptyCache(ort: Pick<Ort, "Tensor">, { layers, heads, width }: Parameters): Tensors {
  const names = Array.from({ length: layers }, (_, i) => [`${i}.key`, `${i}.value`]).flat();
  const empty = () => new ort.Tensor("float32", new Float32Array(0), [1, heads, 0, width / heads]);
  return Object.fromEntries(names.map((name) => [`past_key_values.${name}`, empty()]));
}

function pastOf(outputs: Tensors): Tensors {
  const present = Object.entries(outputs).filter(([name]) => name.startsWith("present."));
  return Object.fromEntries(
    present.map(([name, tensor]) => [name.replace("present", "past_key_values"), tensor]),
  );
}
