/**
 * Memory bandwidth of the elementwise, row and reduction kernels beside that of `copy`, measured in the same run.
 * `node --conditions=@saccade/source bench/vector.ts [threads] [simd] [rows] [width]`
 */
import type { View } from "@saccade/core/backend";
import { createCpuBackend } from "../src/index.ts";
import { noise, tensor } from "../src/testing/harness.ts";
import { broadcast } from "../src/testing/layouts.ts";
import { best } from "./best.ts";

const [threads = "1", simd = "auto", rowsText = "8192", widthText = "1024"] = process.argv.slice(2);
const [rows, width] = [Number(rowsText), Number(widthText)];
const backend = await createCpuBackend({ threads: Number(threads), simd: simd as "auto", blas: "off" });
const { kernels, fused } = backend;
const size = rows * width;
const base = noise(size, 1);
const make = (shape: number[], scale = 1, shift = 0) => {
  const count = shape.reduce((a, b) => a * b, 1);
  return tensor(
    backend,
    "f32",
    shape,
    base.subarray(0, count).map((v) => v * scale + shift),
  );
};
const shape = [rows, width];
const [x, y, z, w] = [make(shape, 4), make(shape, 4), make(shape, 1), make(shape, 1)];
const square = make(shape, 1, 1.01);
const [weight, bias, dWeight, dBias] = [1, 2, 3, 4].map(() => make([width]));
const [mean, rstd, loss, lse] = [1, 2, 3, 4].map(() => make([rows], 1, 2));
const scalar = make([1, 1]);
const mask = tensor(
  backend,
  "u8",
  shape,
  base.map((v) => (v > 0 ? 1 : 0)),
);
const target = tensor(
  backend,
  "i32",
  [rows],
  base.subarray(0, rows).map((v) => ((v + 1) * width) / 2 - 0.5),
);
const ids: View = broadcast(target, 1, width);
const column = make([1, width]);
const attrs = { ignoreIndex: -100, labelSmoothing: 0 };
const adam = { lr: 1e-3, beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.1, step: 3, decoupled: true };
const transposed = { ...x, shape: [width, rows], strides: [1, width] };
const yt = { ...y, shape: [width, rows], strides: [rows, 1] };

/** Name, streams of 4 bytes an element, call. */
const cases: [string, number, () => void][] = [
  ["copy", 2, () => kernels.copy([x], [y], {})],
  ["copy transposed", 2, () => kernels.copy([transposed], [yt], {})],
  ["fill", 1, () => kernels.fill([], [y], { value: 1 })],
  ["add", 3, () => kernels.binary([x, z], [y], { op: "add" })],
  ["add row", 2, () => kernels.binary([x, broadcast(bias, 0, rows)], [y], { op: "add" })],
  ["add column", 2, () => kernels.binary([x, broadcast(mean, 1, width)], [y], { op: "add" })],
  ["add scalar", 2, () => kernels.unary([x], [y], { op: "affine", a: 1, b: 2 })],
  ["less than", 2.25, () => kernels.binary([x, z], [mask], { op: "lt" })],
  ["where", 3.25, () => kernels.where([mask, x, z], [y], {})],
  ["cast to i32", 2, () => kernels.cast([x], [{ ...y, dtype: "i32" }], {})],
  ...(["relu", "exp", "tanh", "gelu", "geluTanh", "silu", "sigmoid", "erf", "log", "sin"] as const).map(
    (op): [string, number, () => void] => [
      op,
      2,
      () => kernels.unary([op === "log" ? square : x], [y], { op, a: 0, b: 0 }),
    ],
  ),
  ["gelu backward", 3, () => fused.unaryBackward!.run([x, z], [y], { op: "gelu" })],
  ["silu glu", 3, () => fused.glu!.run([x, z], [y], { activation: "silu" })],
  ["silu glu backward", 5, () => fused.gluBackward!.run([x, z, w], [y, square], { activation: "silu" })],
  ["uniform", 1, () => kernels.random([], [y], { key: [1, 2], kind: "uniform" })],
  ["normal", 1, () => kernels.random([], [y], { key: [1, 2], kind: "normal" })],
  ["dropout", 2, () => fused.dropout!.run([x], [y], { p: 0.1, key: [1, 2] })],
  ["sum of all", 1, () => kernels.reduce([x], [scalar], { op: "sum", axes: [0, 1] })],
  [
    "sum of rows",
    1,
    () => kernels.reduce([x], [{ ...mean, shape: [rows, 1], strides: [1, 1] }], { op: "sum", axes: [1] }),
  ],
  ["sum of columns", 1, () => kernels.reduce([x], [column], { op: "sum", axes: [0] })],
  [
    "max of rows",
    1,
    () => kernels.reduce([x], [{ ...mean, shape: [rows, 1], strides: [1, 1] }], { op: "max", axes: [1] }),
  ],
  ["sumSquares", 1, () => fused.sumSquares!.run([x], [scalar], {})],
  [
    "argmax of rows",
    1,
    () => kernels.argReduce([x], [{ ...target, shape: [rows, 1], strides: [1, 1] }], { op: "max", axis: 1 }),
  ],
  ["softmax", 2, () => fused.softmax!.run([x], [y], { log: false })],
  ["softmax backward", 3, () => fused.softmaxBackward!.run([z, x], [y], { log: false })],
  ["layerNorm", 2, () => fused.layerNorm!.run([x, weight, bias], [y, mean, rstd], { eps: 1e-5 })],
  [
    "layerNorm backward",
    3,
    () => fused.layerNormBackward!.run([x, weight, mean, rstd, z], [y, dWeight, dBias], {}),
  ],
  ["rmsNorm", 2, () => fused.rmsNorm!.run([x, weight], [y, rstd], { eps: 1e-5 })],
  ["crossEntropy", 1, () => fused.crossEntropy!.run([x, target, null], [loss, lse], attrs)],
  [
    "crossEntropy backward",
    2,
    () => fused.crossEntropyBackward!.run([x, target, null, lse, loss], [y], attrs),
  ],
  ["gather rows", 2, () => kernels.gather([x, ids], [y], { axis: 0 })],
  ["scatterAdd rows", 3, () => kernels.scatterAdd([ids, x], [y], { axis: 0 })],
  ["scan", 2, () => kernels.scan([x], [y], { op: "sum", axis: 1, reverse: false })],
  ["adamwStep", 7, () => fused.adamwStep!.run([null, x], [y, z, square], adam)],
];

console.log(`threads ${threads}, ${backend.info().simd}, [${rows}, ${width}]`);
let copy = 0;
for (const [name, streams, run] of cases) {
  const seconds = best(run, 0.15);
  const rate = (size * 4 * streams) / seconds / 1e9;
  copy ||= rate;
  const share = `${((100 * rate) / copy).toFixed(0)} %`.padStart(6);
  console.log(
    `${name.padEnd(22)} ${(seconds * 1e3).toFixed(3).padStart(9)} ms ${rate.toFixed(1).padStart(6)} GB/s ${share} of copy`,
  );
}
const tiny = [1, 2, 3].map(() => make([64]));
const calls = 10_000;
for (const [name, run] of [
  ["add", () => kernels.binary([tiny[0], tiny[1]], [tiny[2]], { op: "add" })],
  ["relu", () => kernels.unary([tiny[0]], [tiny[2]], { op: "relu", a: 0, b: 0 })],
] as const) {
  const seconds = best(() => {
    for (let i = 0; i < calls; i++) run();
  });
  console.log(`${name} of 64 elements: ${((seconds / calls) * 1e9).toFixed(0)} ns a call`);
}
await backend.dispose();
