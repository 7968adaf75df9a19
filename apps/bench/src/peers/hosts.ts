import { freshStarts } from "../startup/fresh-start.ts";
import type { Host } from "./host.ts";
import type { Job } from "./peer.ts";
import type { SaccadeJob } from "./saccade.ts";

/** What a process of Node is told. */
export type ServedJob = SaccadeJob | (Job & { readonly host: HostName });

/** The libraries of JavaScript beside ours; each is loaded only in its own processes. */
const hosts = {
  "tfjs-wasm": async () => (await import("./tfjs/host.ts")).openTfjs("wasm"),
  "tfjs-wasm-tuned": async () =>
    (await import("./tfjs/host.ts")).openTfjs("wasm", (await import("./tfjs/style.ts")).tuned),
  "tfjs-cpu": async () => (await import("./tfjs/host.ts")).openTfjs("cpu"),
  "jax-js": async (job) => (await import("./jax/host.ts")).openJax(job),
  "onnxruntime-node": async (job) => (await import("./onnx/host.ts")).openOnnx("onnxruntime-node", job),
  "onnxruntime-web": async (job) => (await import("./onnx/host.ts")).openOnnx("onnxruntime-web", job),
  "transformers.js": async (job) => (await import("./transformers/host.ts")).openTransformers(job),
  "gpt-tokenizer": async () => (await import("./tokenizers/gpt-tokenizer.ts")).openGptTokenizer(),
  tiktoken: async () => (await import("./tokenizers/tiktoken.ts")).openTiktoken(),
  "js-tiktoken": async () => (await import("./tokenizers/tiktoken.ts")).openJsTiktoken(),
  "tokenizers-rust": async () => (await import("./tokenizers/huggingface.ts")).openRustTokenizers(),
  "@huggingface/tokenizers": async () =>
    (await import("./tokenizers/huggingface.ts")).openHuggingFaceTokenizers(),
} satisfies Record<string, (job: Job) => Promise<Host>>;

export type HostName = keyof typeof hosts;
export const hostNames = Object.keys(hosts) as readonly HostName[];

export async function openHost(job: ServedJob): Promise<Host> {
  if (!("host" in job)) return (await import("./saccade-host.ts")).openSaccade(job);
  const host = await hosts[job.host](job);
  return job.work === "startup" ? { ...host, prepare: async () => freshStarts(job.host) } : host;
}
