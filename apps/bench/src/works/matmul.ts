import { cast, matmul as product, type Tensor, tensor, tidy } from "@saccade/core";
import { patterned } from "./data.ts";
import { inHalf, operand } from "./half.ts";
import { type Parameters, tensorLibraries, type Work, type WorkConfig } from "./work.ts";

/** `[m, k] x [k, n]`: squares, then the products of the `step` work, then two larger ones. */
const shapes: readonly (readonly [m: number, k: number, n: number])[] = [
  [64, 64, 64],
  [128, 128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [1024, 1024, 1024],
  [768, 128, 128],
  [768, 128, 512],
  [768, 512, 128],
  [768, 128, 65],
  [768, 384, 1536],
  [2048, 384, 1152],
];

/** Squares, the products of a training step of GPT-2 124M over 8 x 1024 tokens, and of a decoded token. */
const gpuShapes: readonly (readonly [m: number, k: number, n: number])[] = [
  [512, 512, 512],
  [1024, 1024, 1024],
  [2048, 2048, 2048],
  [4096, 4096, 4096],
  [8192, 768, 2304],
  [8192, 3072, 768],
  [8192, 768, 50257],
  [1, 768, 3072],
  [1, 768, 50257],
];

/** A product of matrices, into a new matrix: f32, on GPUs f16 too. */
export const matmul: Work = {
  name: "matmul",
  unit: "GFLOP/s",
  rivals: tensorLibraries,
  configs: shapes.map(configOf),
  gpu: gpuShapes.map(configOf).flatMap((config) => [config, inHalf(config)]),
  prepare(parameters: Parameters) {
    const { m, k, n } = parameters;
    const a = operand(matrix(m, k), parameters);
    const b = operand(matrix(k, n), parameters);
    return {
      call: () => tidy(() => void product(a, b)),
      outputBytes: a.dtype === "f16" ? 2 * m * n : 4 * m * n,
      check: () => tidy(() => cast(product(a, b), "f32").square().mean()).item(),
    };
  },
};

function configOf([m, k, n]: readonly [number, number, number]): WorkConfig {
  return { name: `[${m},${k}]x[${k},${n}]`, parameters: { m, k, n }, amount: (2 * m * k * n) / 1e9 };
}

function matrix(rows: number, columns: number): Tensor {
  return tensor(patterned(rows * columns), { shape: [rows, columns] });
}
