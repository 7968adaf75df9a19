import type { Backend, View } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { expectClose } from "../testing/close.ts";
import {
  forEachConfigurationAndBlas,
  forEachThreadCount,
  noise,
  readView,
  tensor,
  transposed,
} from "../testing/harness.ts";

// The conformance cases compare all six kernels with their definitions; here are sizes that choose other ways through
// the weight, and what only this backend promises.

const scaled = (size: number, seed: number, factor: number): Float32Array =>
  noise(size, seed).map((x) => x * factor);

interface Steps {
  readonly y: Float64Array;
  readonly dGates: Float64Array;
  readonly dh: Float64Array;
}

/** `h' = tanh(gates + h W^T)` from zeros and its gradient for `dy`, in doubles. */
function tanhNetwork(
  [B, T, H]: readonly [number, number, number],
  gates: Float32Array,
  weight: Float32Array,
  dy: Float32Array,
): Steps {
  const y = new Float64Array(B * T * H);
  const dGates = new Float64Array(B * T * H);
  const dh = new Float64Array(B * H);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      const at = (b * T + t) * H;
      for (let u = 0; u < H; u++) {
        let sum = gates[at + u];
        for (let k = 0; t > 0 && k < H; k++) sum += y[at - H + k] * weight[u * H + k];
        y[at + u] = Math.tanh(sum);
      }
    }
    for (let t = T - 1; t >= 0; t--) {
      const at = (b * T + t) * H;
      for (let u = 0; u < H; u++) dGates[at + u] = (dh[b * H + u] + dy[at + u]) * (1 - y[at + u] ** 2);
      for (let u = 0; u < H; u++) {
        let sum = 0;
        for (let k = 0; k < H; k++) sum += dGates[at + k] * weight[k * H + u];
        dh[b * H + u] = sum;
      }
    }
  }
  return { y, dGates, dh };
}

const sizes = [
  [1, 5, 69], // four panels at once, and single ones
  [2, 5, 69],
  [3, 3, 66], // the weight is read in place
  [6, 3, 66], // packed panel by panel
  [50, 4, 40], // several tiles of sequences
  [70, 4, 33],
  [18, 4, 70], // several calls of a BLAS
  [1, 4, 1030], // too large to be packed as a whole
] as const;

const attrs = { reverse: false, nonlinearity: "tanh" } as const;

forEachConfigurationAndBlas((create, name) => {
  test(`every way through the weight (${name})`, async () => {
    const backend = await create();
    const { rnnSequence, rnnSequenceBackward } = backend.fused;
    for (const size of sizes) {
      const [B, T, H] = size;
      const gates = noise(B * T * H, 1);
      const weights = scaled(H * H, 2, 1 / Math.sqrt(H));
      const dy = noise(B * T * H, 3);
      const want = tanhNetwork(size, gates, weights, dy);
      const weight = tensor(backend, "f32", [H, H], weights);
      const zeros = tensor(backend, "f32", [B, H], new Float32Array(B * H));
      const steps = (): View => tensor(backend, "f32", [B, T, H]);
      const [y, last, dGates, dh] = [
        steps(),
        tensor(backend, "f32", [B, H]),
        steps(),
        tensor(backend, "f32", [B, H]),
      ];
      const turned = transposed(backend, "f32", [B, T, H], gates, 0, 1);
      rnnSequence?.run([turned, weight, zeros, null], [y, last], attrs);
      expectClose(await readView(backend, y), want.y, { atol: 2e-6 }, `y [${size}]`);
      const given = transposed(backend, "f32", [B, T, H], dy, 1, 2);
      rnnSequenceBackward?.run([weight, null, y, given, zeros], [dGates, dh], attrs);
      expectClose(await readView(backend, dGates), want.dGates, { atol: 4e-6 }, `dGates [${size}]`);
      expectClose(await readView(backend, dh), want.dh, { atol: 4e-6 }, `dh0 [${size}]`);
    }
    await backend.dispose();
  });
});

/** All outputs of an LSTM and its gradient. */
async function lstmBits(backend: Backend, [B, T, H]: readonly [number, number, number]): Promise<number[]> {
  const state = (seed: number): View => tensor(backend, "f32", [B, H], noise(B * H, seed));
  const steps = (parts: number, values?: Float32Array): View =>
    tensor(backend, "f32", [B, T, parts * H], values);
  const empty = (): View => tensor(backend, "f32", [B, H]);
  const lengths = tensor(
    backend,
    "i32",
    [B],
    Int32Array.from({ length: B }, (_, b) => (b * 5 + T) % (T + 1)),
  );
  const weight = tensor(backend, "f32", [4 * H, H], scaled(4 * H * H, 2, 1 / Math.sqrt(H)));
  const [c0, reverse] = [state(4), { reverse: true }];
  const [y, hLast, cLast, activated, cells] = [steps(1), empty(), empty(), steps(4), steps(1)];
  const given = [steps(4, noise(B * T * 4 * H, 1)), weight, state(3), c0, lengths] as const;
  backend.fused.lstmSequence?.run(given, [y, hLast, cLast, activated, cells], reverse);
  const [dGates, dh, dc] = [steps(4), empty(), empty()];
  const grads = [steps(1, noise(B * T * H, 5)), state(6), state(7)] as const;
  backend.fused.lstmSequenceBackward?.run(
    [weight, c0, lengths, activated, cells, ...grads],
    [dGates, dh, dc],
    reverse,
  );
  const all = await Promise.all(
    [y, hLast, cLast, activated, cells, dGates, dh, dc].map((it) => readView(backend, it)),
  );
  return all.flat();
}

test.each([[{ blas: "off" }], [{ blas: "auto" }]])(
  "the same bits for any number of threads (%o)",
  async (options) => {
    for (const size of [
      [1, 6, 100],
      [2, 6, 100],
      [50, 5, 70],
    ] as const) {
      const [alone, ...others] = await forEachThreadCount((backend) => lstmBits(backend, size), options);
      expect(alone.some(Number.isNaN)).toBe(false);
      for (const other of others) expect(other).toEqual(alone);
    }
  },
);

forEachConfigurationAndBlas((create, name) => {
  test(`what is not served is declined (${name})`, async () => {
    const backend = await create();
    const view = (dtype: View["dtype"], ...shape: number[]): View => ({
      buffer: 0,
      dtype,
      shape,
      strides: [],
      offset: 0,
    });
    const supported = (dtype: View["dtype"], H: number): boolean | undefined =>
      backend.fused.rnnSequence?.supports?.(
        [view(dtype, 1, 1, H), view(dtype, H, H), view(dtype, 1, H), null],
        attrs,
      );
    const blas = !String(backend.info().blas).startsWith("off");
    expect(supported("f32", 1024)).toBe(true);
    expect(supported("f32", 1025)).toBe(blas);
    expect(supported("f32", 2048)).toBe(blas);
    expect(supported("f32", 2049)).toBe(false);
    expect(supported("f16", 8)).toBe(false);
    expect(supported("f64", 8)).toBe(false);
    await backend.dispose();
  });
});
