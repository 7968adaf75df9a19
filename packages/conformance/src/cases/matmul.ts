import type { DType } from "@saccade/core/backend";
import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { block, broadcast, flipped, rowMajor, sliced, transposed } from "./layouts.ts";
import { anyInteger, inputOf, list, named, out, standardNormal, uniform } from "./specs.ts";

interface Call {
  readonly sizes: readonly [m: number, k: number, n: number];
  readonly batch?: readonly number[];
  readonly dtype?: DType;
  readonly values?: Values;
  readonly layoutA?: LayoutSpec;
  readonly layoutB?: LayoutSpec;
}

function matmul(
  name: string,
  { sizes: [m, k, n], batch = [], dtype = "f32", values = standardNormal, layoutA, layoutB }: Call,
): KernelCase<"matmul"> {
  const title = `${dtype} ${batch.length > 0 ? `${named(batch)} ` : ""}${m}x${k}x${n} ${name}`;
  const inputs = [
    inputOf[dtype]([...batch, m, k], values, layoutA),
    inputOf[dtype]([...batch, k, n], values, layoutB),
  ] as const;
  return kernelCase("matmul", title, inputs, [out(dtype, [...batch, m, n])], {});
}

const t = transposed(2);
const transposes: readonly (readonly [string, LayoutSpec, LayoutSpec])[] = [
  ["", rowMajor, rowMajor],
  ["transposed a", t, rowMajor],
  ["transposed b", rowMajor, t],
  ["transposed both", t, t],
];

const border = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33];
/** Sizes around register tiles, in each of the three roles. */
const smallSizes = [
  ...border.map((m) => [m, 17, 19] as const),
  ...border.map((k) => [7, k, 9] as const),
  ...border.map((n) => [13, 11, n] as const),
];
const mediumSizes = [
  [64, 64, 64],
  [65, 63, 67],
  [96, 256, 96],
  [97, 257, 95],
  [6, 512, 8],
  [31, 300, 131],
] as const;
/** One row or one column: what decoding multiplies. */
const vectorSizes = [
  [1, 1, 1],
  [1, 7, 1],
  [1, 64, 65],
  [1, 257, 1031],
  [65, 64, 1],
  [1031, 257, 1],
  [1, 1, 300],
  [300, 1, 1],
  [2, 300, 513],
] as const;
const emptySizes = [
  [0, 3, 4],
  [3, 0, 4],
  [3, 4, 0],
  [0, 0, 0],
  [1, 0, 5],
] as const;

const everySize = [...smallSizes, ...mediumSizes, ...vectorSizes, ...emptySizes].flatMap((sizes) =>
  transposes.map(([name, layoutA, layoutB]) => matmul(name, { sizes, layoutA, layoutB })),
);

const a3 = { sizes: [5, 7, 6], batch: [3] } as const;
const heads = { sizes: [17, 16, 18], batch: [2, 3] } as const;
const batched = [
  matmul("", a3),
  matmul("transposed b", { ...a3, layoutB: { order: [0, 2, 1] } }),
  matmul("transposed a", { ...a3, layoutA: { order: [0, 2, 1] } }),
  matmul("batch last in memory", { ...a3, layoutA: { order: [1, 2, 0] }, layoutB: { order: [2, 1, 0] } }),
  matmul("one b for all", { ...a3, layoutB: broadcast(3, [0]) }),
  matmul("one a for all", { ...a3, layoutA: broadcast(3, [0]) }),
  matmul("batches flipped", { ...a3, layoutA: flipped(3, [0]) }),
  matmul("heads between", { ...heads, layoutA: { order: [0, 2, 1, 3] }, layoutB: { order: [0, 2, 1, 3] } }),
  matmul("heads between, transposed b", {
    ...heads,
    layoutA: { order: [0, 2, 1, 3] },
    layoutB: { order: [0, 3, 1, 2] },
  }),
  matmul("keys shared by heads", { ...heads, layoutB: broadcast(4, [1]) }),
  matmul("large, one b for all", { sizes: [33, 64, 65], batch: [9], layoutB: broadcast(3, [0]) }),
  matmul("large, one transposed b for all", {
    sizes: [33, 64, 65],
    batch: [9],
    layoutB: { order: [0, 2, 1], steps: [0, 1, 1] },
  }),
  matmul("many small", { sizes: [4, 8, 4], batch: [5, 13] }),
  matmul("many rows of one", { sizes: [1, 32, 33], batch: [12] }),
  matmul("no batches", { sizes: [3, 4, 5], batch: [0] }),
  matmul("no batches inside", { sizes: [3, 4, 5], batch: [2, 0] }),
];

const s = { sizes: [19, 23, 21] } as const;
const strided = [
  matmul("a sliced", { ...s, layoutA: sliced(2) }),
  matmul("b sliced", { ...s, layoutB: sliced(2) }),
  matmul("both in blocks", { ...s, layoutA: block(2, 3), layoutB: block(2, 5) }),
  matmul("a flipped", { ...s, layoutA: flipped(2, [0, 1]) }),
  matmul("b flipped", { ...s, layoutB: flipped(2, [1]) }),
  matmul("a broadcast along k", { ...s, layoutA: broadcast(2, [1]) }),
  matmul("b broadcast along n", { ...s, layoutB: broadcast(2, [1]) }),
  matmul("a one row for all", { ...s, layoutA: broadcast(2, [0]) }),
  matmul("b one number", { ...s, layoutB: broadcast(2, [0, 1]) }),
  matmul("row times sliced matrix", { sizes: [1, 65, 67], layoutB: sliced(2) }),
  matmul("flipped row times transposed matrix", { sizes: [1, 65, 67], layoutA: flipped(2, [1]), layoutB: t }),
];

const large = [
  ...transposes.map(([name, layoutA, layoutB]) =>
    matmul(`${name} large`, { sizes: [66, 131, 195], layoutA, layoutB }),
  ),
  matmul("deep", { sizes: [9, 2053, 11] }),
  matmul("deep, all positive", { sizes: [9, 2053, 11], values: uniform(0, 1) }),
  matmul("wide", { sizes: [3, 65, 2051] }),
  matmul("tall", { sizes: [2051, 65, 3] }),
  matmul("square", { sizes: [160, 160, 160] }),
];

/** Sizes at which the GPU backend cuts a product in another way: larger tiles, parts of the depth. */
const cut = [
  matmul("many large tiles", { sizes: [1410, 21, 1290] }),
  matmul("many large tiles, an even depth", { sizes: [1412, 16, 1292], layoutA: t, layoutB: t }),
  matmul("many medium tiles", { sizes: [699, 41, 707] }),
  matmul("many medium tiles, an even depth", { sizes: [700, 48, 708], layoutA: t }),
  matmul("medium tiles, depth in parts", { sizes: [260, 1041, 258] }),
  ...transposes.map(([name, layoutA, layoutB]) =>
    matmul(`${name} in octets`, { sizes: [136, 72, 200], layoutA, layoutB }),
  ),
  matmul("in octets, depth in parts", { sizes: [64, 2048, 72] }),
  matmul("in octets, batched", { sizes: [24, 32, 40], batch: [2, 3], layoutB: { order: [0, 1, 3, 2] } }),
  matmul("small tiles, depth in parts", { sizes: [41, 2101, 37] }),
  matmul("small tiles, even depth in parts", { sizes: [40, 2112, 36], layoutB: t }),
  matmul("depth in parts", { sizes: [12, 600, 20], batch: [3] }),
  matmul("depth in parts", { sizes: [12, 600, 20], dtype: "i32", values: anyInteger }),
  matmul("one transposed b for all, rows in steps", {
    sizes: [33, 64, 68],
    batch: [2, 3],
    layoutA: block(4, 4),
    layoutB: { order: [0, 1, 3, 2], steps: [0, 0, 1, 1] },
  }),
  matmul("long columns", { sizes: [5, 2500, 40], layoutB: t }),
  matmul("many columns", { sizes: [2, 40, 8200] }),
  matmul("many rows, few columns", { sizes: [8200, 40, 3] }),
];

const { NaN: nan } = Number;
const integers = [
  [5, 7, 6],
  [1, 33, 1],
  [33, 65, 35],
  [3, 0, 2],
] as const;
const others = [
  ...integers.map((sizes) => matmul("wraps", { sizes, dtype: "i32", values: anyInteger })),
  matmul("wraps, transposed", { sizes: [5, 7, 6], dtype: "i32", values: anyInteger, layoutA: t, layoutB: t }),
  matmul("batched", { sizes: [5, 7, 6], batch: [3], dtype: "i32", values: anyInteger }),
  matmul("", { sizes: [5, 7, 6], dtype: "f64" }),
  matmul("batched", { sizes: [5, 7, 6], batch: [3], dtype: "f64", layoutB: broadcast(3, [0]) }),
  matmul("NaN and infinities pass", {
    sizes: [9, 8, 10],
    values: list(1, 2, 0, -1, 3, 0.5, nan, 4, 5, 6, 7, 8, -2, 1, 3, Infinity, 1, -3, 2),
  }),
  matmul("a row of NaN and infinities", {
    sizes: [1, 8, 10],
    values: list(1, 2, 0, -1, 3, 0.5, nan, 4, 5, 6, 7, 8, Infinity),
  }),
];

export const matmulCases: readonly KernelCase<"matmul">[] = [
  ...everySize,
  ...batched,
  ...strided,
  ...large,
  ...cut,
  ...others,
];
