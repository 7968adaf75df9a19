/**
 * Times of fused attention, forward and backward, beside the multiply-add peak.
 * `node --conditions=@saccade/source bench/attention.ts [threads] [simd] [blas]`
 */
import type { AttentionAttrs } from "@saccade/core/backend";
import { createCpuBackend } from "../src/index.ts";
import { noise, tensor } from "../src/testing/harness.ts";
import { best } from "./best.ts";

const [threads = "1", simd = "auto", blas = "off"] = process.argv.slice(2);
const backend = await createCpuBackend({ threads: Number(threads), simd: simd as "auto", blas });
const { wasm } = backend.internals;
const peak = (192 * 1e5) / best(() => wasm.peakMadd(1e5)) / 1e9;
console.log(
  `threads ${threads}, ${backend.info().simd}, blas ${backend.info().blas}; peak ${peak.toFixed(1)} GFLOP/s a thread`,
);

/** Name, B, H, T, S, E, causal; as a projection leaves them, `[B, T, H, E]` in memory. */
const rows: [string, number, number, number, number, number, boolean, boolean?][] = [
  ["small GPT (B12 H4 T64 E32), causal", 12, 4, 64, 64, 32, true],
  ["small GPT, strided", 12, 4, 64, 64, 32, true, true],
  ["medium GPT (B8 H6 T256 E64), causal", 8, 6, 256, 256, 64, true],
  ["medium GPT, strided", 8, 6, 256, 256, 64, true, true],
  ["B1 H1 E64 T1024, causal", 1, 1, 1024, 1024, 64, true],
  ["B1 H3 E64 T512", 1, 3, 512, 512, 64, false],
  ["B1 H8 E64 T512", 1, 8, 512, 512, 64, false],
  ["B1 H8 E64 T1024", 1, 8, 1024, 1024, 64, false],
  ["B1 H8 E64 T1024, causal", 1, 8, 1024, 1024, 64, true],
  ["B1 H8 E64 T4096", 1, 8, 4096, 4096, 64, false],
  ["B1 H8 E64 T4096, causal", 1, 8, 4096, 4096, 64, true],
  ["decode B1 H12 S256 E64", 1, 12, 1, 256, 64, true],
  ["decode B1 H12 S1024 E64", 1, 12, 1, 1024, 64, true],
];
for (const [name, B, H, T, S, E, causal, strided] of rows) {
  const make = (length: number, seed: number) =>
    tensor(backend, "f32", [B, H, length, E], noise(B * H * length * E, seed));
  const [out, dq, dk, dv] = [T, T, S, S].map(make);
  const [q, k, v, dOut] = [T, S, S, T].map((length, seed) =>
    strided ? { ...make(length, seed), strides: [length * H * E, E, H * E, 1] } : make(length, seed),
  );
  const [lse, delta] = [1, 2].map((seed) => tensor(backend, "f32", [B, H, T], noise(B * H * T, seed)));
  const attrs: AttentionAttrs = {
    scale: E ** -0.5,
    causal,
    windowLeft: -1,
    windowRight: -1,
    softcap: 0,
    dropout: 0,
    key: [0, 0],
  };
  const { attention, attentionBackward } = backend.fused;
  const pairs = causal ? (T === 1 ? S : T * (S - T) + (T * (T + 1)) / 2) : T * S;
  const flops = 4 * B * H * E * pairs;
  const forward = best(() => attention!.run([q, k, v, null, null, null, null, null], [out, lse], attrs));
  const backward = attentionBackward
    ? best(() =>
        attentionBackward.run([q, k, v, null, null, null, null, lse, delta, dOut], [dq, dk, dv], {
          ...attrs,
          biasGradient: false,
          slopesGradient: false,
        }),
      )
    : NaN;
  const rate = (operations: number, seconds: number) => (operations / seconds / 1e9).toFixed(1).padStart(5);
  console.log(
    `${name.padEnd(36)} forward ${(forward * 1e3).toFixed(3).padStart(9)} ms ${rate(flops, forward)} GFLOP/s` +
      `   backward ${(backward * 1e3).toFixed(3).padStart(9)} ms ${rate(2.5 * flops, backward)} GFLOP/s`,
  );
  for (const view of [q, k, v, dOut, out, dq, dk, dv, lse, delta]) backend.free(view.buffer);
}
await backend.dispose();
