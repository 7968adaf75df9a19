import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodes } from "../../works/decode.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import { type Host, programOf } from "../host.ts";
import { importPeer, peerVersion } from "../installed.ts";
import { cachedModel } from "../onnx/decode.ts";
import { gpt2Graph } from "../onnx/gpt2.ts";
import { onnxModel } from "../onnx/model.ts";
import type { Ort, OrtTensor } from "../onnx/ort.ts";
import type { Job } from "../peer.ts";
import { residentPeak } from "../process-memory.ts";

/** The part of @huggingface/transformers that we use. */
interface Transformers extends Pick<Ort, "Tensor"> {
  readonly env: { allowRemoteModels: boolean; localModelPath: string };
  readonly AutoModelForCausalLM: {
    from_pretrained(name: string, options: object): Promise<CausalModel>;
  };
}

interface CausalModel {
  forward(inputs: object): Promise<Readonly<Record<string, OrtTensor>>>;
}

/** transformers.js: models from Hugging Face, in Node on onnxruntime-node. */
export async function openTransformers({ threads }: Job): Promise<Host> {
  const version = peerVersion("@huggingface/transformers");
  const library = await importPeer<Transformers>("@huggingface/transformers");
  const decode = (job: Job): Promise<Prepared> => prepareDecode(library, threads, job);
  return {
    version,
    prepare: async (job) => programOf("transformers.js", { decode }, job.work)(job),
    sync: async () => {}, // every call waits for itself
    peakBytes: residentPeak,
    close: async () => process.exit(), // its threads would keep the process
  };
}

async function prepareDecode(
  library: Transformers,
  threads: number,
  { parameters, variant }: Job,
): Promise<Prepared> {
  const folder = mkdtempSync(join(tmpdir(), "saccade-bench-"));
  try {
    writeModel(join(folder, "gpt2"), parameters);
    library.env.allowRemoteModels = false;
    library.env.localModelPath = folder;
    const model = await library.AutoModelForCausalLM.from_pretrained("gpt2", {
      dtype: "fp32",
      device: "cpu",
      session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
    });
    const run = (inputs: object, cache: object) => model.forward({ ...inputs, past_key_values: cache });
    return await decodes(parameters, variant, cachedModel(library, run, parameters));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A directory as it expects one: a configuration, and the graph with its weights. */
function writeModel(folder: string, config: Parameters): void {
  mkdirSync(join(folder, "onnx"), { recursive: true });
  const { layers, heads, width, vocabulary, context } = config;
  const description = {
    model_type: "gpt2",
    architectures: ["GPT2LMHeadModel"],
    n_layer: layers,
    n_head: heads,
    n_embd: width,
    n_positions: context,
    n_ctx: context,
    vocab_size: vocabulary,
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(description));
  writeFileSync(join(folder, "onnx", "model.onnx"), onnxModel(gpt2Graph(config)));
}
