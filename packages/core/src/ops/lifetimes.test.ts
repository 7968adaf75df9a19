import { afterAll, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { leftBehind } from "../testing/index.ts";
import * as activations from "./activations.ts";
import * as arithmetic from "./arithmetic.ts";
import * as binaryMath from "./binary-math.ts";
import * as compare from "./compare.ts";
import * as ops from "./index.ts";
import * as pointwise from "./pointwise.ts";
import * as unary from "./unary.ts";

/** Those of these modules are called in `elementwise.lifetimes.test.ts`. */
const elementwise = { ...activations, ...arithmetic, ...binaryMath, ...compare, ...pointwise, ...unary };

/** Every other public function of the ops. One that is missing here does not compile, and fails below. */
type Calls = { readonly [N in Exclude<keyof typeof ops, keyof typeof elementwise>]: () => unknown };

const { ones, rand, randn, zeros } = ops;
const i32 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: "i32" });
const keep = { keepDims: true };

const x = randn(new Key(0), [2, 4, 6]);
const mask = ones([2, 4, 6], { dtype: "u8" });
const turned = ops.permute(x, [2, 0, 1]);
const w = randn(new Key(1), [4, 6]);
const square = ones([6, 6]);
const v = randn(new Key(2), [6]);
const pair = ones([2]);
const ids = i32([0, 1]);
const rows = i32([[0, 1], [1, 0]]); // biome-ignore format: a matrix
const classes = zeros([2, 6], { dtype: "i32" });
const image = randn(new Key(3), [2, 3, 6, 6]);
const signal = randn(new Key(4), [2, 3, 8]);
const grouped = randn(new Key(12), [3, 16]);
const quantized = ops.quantize(grouped, { bits: 4, blockSize: 8 });
const sample = randn(new Key(5), [3, 8]);
const filters1 = randn(new Key(6), [3, 3, 3]);
const filters2 = randn(new Key(7), [3, 3, 3, 3]);
const channels = ones([3]);
const columns = randn(new Key(8), [1, 4, 4]);
const logits = randn(new Key(9), [2, 6]);
const p = rand(new Key(10), [2, 6]);
const frames = randn(new Key(11), [5, 2, 4]);
const targets = { param: zeros([6]), m: zeros([6]), v: zeros([6]) };
const given: readonly Tensor[] = [
  ...[
    x,
    mask,
    turned,
    w,
    square,
    v,
    pair,
    ids,
    rows,
    classes,
    image,
    signal,
    grouped,
    sample,
    filters1,
    filters2,
  ],
  ...[grouped, quantized.codes, quantized.scales],
  ...[channels, columns, logits, p, frames, ...Object.values(targets)],
];
afterAll(() => {
  for (const each of given) each.dispose();
});

const adam = { lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.1, step: 1, decoupled: true };
const statistics = { runningMean: channels, runningVar: channels };
/** A loss as a mean, and per element. */
const loss = (fn: (options: { reduction?: "none" | "mean" }) => Tensor) => () => [
  fn({}),
  fn({ reduction: "none" }),
];
/** A reduction of floats and masks over all axes, one, and several that are kept. */
const reduction = (fn: typeof ops.sum) => () => [fn(x), fn(x, 1), fn(x, [0, 2], keep), fn(turned, 1)];
const pool = <T>(fn: (y: Tensor, size: number, options?: { padding: number }) => T, y: Tensor) => {
  return () => [fn(y, 2), fn(y, 3, { padding: 1 })];
};

const calls: Calls = {
  adamwStep: () => ops.adamwStep(targets, v, adam),
  adamwSteps: () => ops.adamwSteps([{ ...targets, grad: v }], adam),
  adaptiveAvgPool1d: () => [ops.adaptiveAvgPool1d(signal, 4), ops.adaptiveAvgPool1d(sample, 3)],
  adaptiveAvgPool2d: () => [ops.adaptiveAvgPool2d(image, 3), ops.adaptiveAvgPool2d(image, 4)],
  addmm: () => [ops.addmm(v, w, square), ops.addmm(v, w, square, { alpha: 2, beta: 3 })],
  affine: () => [ops.affine(x, 2, 1), ops.affine(mask, 2, 1), ops.affine(ids, 0.5, 0)],
  all: () => [reduction(ops.all)(), ops.all(mask, 1)],
  amax: reduction(ops.amax),
  amin: reduction(ops.amin),
  any: () => [reduction(ops.any)(), ops.any(mask, 1)],
  arange: () => ops.arange(0, 5),
  argmax: () => [ops.argmax(x), ops.argmax(turned), ops.argmax(x, 1), ops.argmax(x, 1, keep)],
  argmin: () => [ops.argmin(x), ops.argmin(turned), ops.argmin(x, 1), ops.argmin(x, 1, keep)],
  argsort: () => ops.argsort(x, 1, { descending: true }),
  assign: () => ops.assign(targets.param, v),
  avgPool1d: pool(ops.avgPool1d, signal),
  avgPool2d: () => [
    pool(ops.avgPool2d, image)(),
    ops.avgPool2d(image, 3, { padding: 1, countIncludePad: false }),
  ],
  batchNorm: () => [
    ops.batchNorm(image, { ...statistics, training: true }),
    ops.batchNorm(image, { ...statistics, weight: channels, bias: channels }),
  ],
  binaryCrossEntropy: loss((options) => ops.binaryCrossEntropy(p, p, { ...options, weight: v })),
  binaryCrossEntropyWithLogits: loss((options) =>
    ops.binaryCrossEntropyWithLogits(logits, p, { ...options, weight: v, posWeight: v }),
  ),
  bincount: () => Promise.all([ops.bincount(ids), ops.bincount(ids, { weights: pair, minLength: 5 })]),
  cast: () => [ops.cast(x, "f32"), ops.cast(x, "i32")],
  chunk: () => ops.chunk(x, 3, 2),
  col2im: () => [ops.col2im(columns, [3, 3], 2), ops.col2im(columns, [2, 2], 2, { stride: 2, padding: 1 })],
  concat: () => [ops.concat([x]), ops.concat([x, x], 1)],
  contiguous: () => [ops.contiguous(x), ops.contiguous(turned)],
  conv1d: () => [ops.conv1d(signal, filters1, channels, { padding: "same" }), ops.conv1d(sample, filters1)],
  conv2d: () => [
    ops.conv2d(image, filters2),
    ops.conv2d(image, filters2, channels, { stride: 2, padding: 1 }),
  ],
  convTranspose1d: () => [
    ops.convTranspose1d(signal, filters1, channels, { stride: 2, padding: 1 }),
    ops.convTranspose1d(sample, filters1),
  ],
  convTranspose2d: () => ops.convTranspose2d(image, filters2, null, { stride: 2, outputPadding: 1 }),
  copy: () => ops.copy(turned),
  cosineSimilarity: () => ops.cosineSimilarity(logits, p),
  crossEntropy: () => [
    loss((options) => ops.crossEntropy(logits, ids, { ...options, weight: v, labelSmoothing: 0.1 }))(),
    loss((options) => ops.crossEntropy(logits, p, { ...options, weight: v, labelSmoothing: 0.1 }))(),
    ops.crossEntropy(x, classes),
  ],
  ctcLoss: loss((options) => ops.ctcLoss(frames, rows, [5, 4], ids, { ...options, blank: 3 })),
  cummax: () => ops.cummax(x, 1),
  cummin: () => ops.cummin(ids, 0),
  cumprod: () => [ops.cumprod(x, 1), ops.cumprod(mask, 1)],
  cumsum: () => [ops.cumsum(x, 1), ops.cumsum(mask, 1)],
  detach: () => ops.detach(x),
  diag: () => [ops.diag(v), ops.diag(w, 1)],
  diagEmbed: () => ops.diagEmbed(w, -1),
  diagonal: () => ops.diagonal(x, 0, 1, 2),
  dropout: () => [ops.dropout(x, 0, new Key(0)), ops.dropout(x, 0.5, new Key(0))],
  einsum: () => [
    ops.einsum("bij,kj->bik", x, w),
    ops.einsum("ii", square),
    ops.einsum("bij,kj,j,...->b...", x, w, v, ids),
  ],
  embedding: () => [ops.embedding(rows, w), ops.embedding(ids, w, { paddingIdx: 0, scaleGradByFreq: true })],
  embeddingBag: () => [
    ops.embeddingBag(rows, w),
    ops.embeddingBag(ids, w, { offsets: ids, mode: "max" }),
    ops.embeddingBag(ids, w, { offsets: ids, mode: "sum", perSampleWeights: pair, paddingIdx: 1 }),
  ],
  expand: () => [ops.expand(v, [2, 6]), ops.expand(v, [6])],
  flatNonzero: () => ops.flatNonzero(turned),
  flatten: () => [ops.flatten(x, 1), ops.flatten(turned), ops.flatten(v)],
  flip: () => ops.flip(x),
  foldWindows: () => ops.foldWindows(w, { axis: 0, step: 2, dilation: 1, length: 12 }),
  full: () => ops.full([2], 3),
  fullLike: () => ops.fullLike(x, 3),
  gatedActivation: () => ops.gatedActivation(x, x, "silu"),
  gather: () => ops.gather(logits, rows, 1),
  glu: () => ops.glu(x),
  groupNorm: () => [ops.groupNorm(image, 3), ops.groupNorm(image, 1, channels, channels)],
  huberLoss: loss((options) => ops.huberLoss(logits, p, options)),
  im2col: () => [ops.im2col(image, 2), ops.im2col(image, 3, { padding: 1, stride: 2 })],
  index: () => [ops.index(x, [ids, null, ids]), ops.index(x, [null]), ops.index(x, [rows, ids])],
  indexAdd: () => ops.indexAdd(logits, ids, logits, 0, { alpha: 2 }),
  indexSelect: () => ops.indexSelect(w, ids, 1),
  interpolate: () => [
    ops.interpolate(image, { size: 9, mode: "bicubic" }),
    ops.interpolate(signal, { scaleFactor: 2 }),
    ops.interpolate(signal, { size: 5, mode: "linear", alignCorners: true }),
  ],
  klDiv: loss((options) => ops.klDiv(logits, p, options)),
  l1Loss: loss((options) => ops.l1Loss(logits, p, options)),
  layerNorm: () => [ops.layerNorm(x), ops.layerNorm(logits, v, v), ops.layerNorm(turned)],
  linear: () => [
    ops.linear(x, square, v),
    ops.linear(x, square, v, "gelu"),
    ops.linear(logits, w),
    ops.linear(v, w),
  ],
  linspace: () => ops.linspace(0, 1, 3),
  logSoftmax: () => [ops.logSoftmax(x), ops.logSoftmax(x, 1)],
  logaddexp: () => [ops.logaddexp(logits, p), ops.logaddexp(ids, pair)],
  logcumsumexp: () => [ops.logcumsumexp(x, 1), ops.logcumsumexp(ids, 0)],
  logsumexp: reduction(ops.logsumexp),
  maskedFill: () => ops.maskedFill(x, mask, 1),
  maskedSelect: () => Promise.all([ops.maskedSelect(x, mask), ops.maskedSelect(v, mask)]),
  matmul: () => [
    ops.matmul(w, square),
    ops.matmul(w, v),
    ops.matmul(v, v),
    ops.matmul(ids, rows),
    ops.matmul(x, v),
  ],
  maxPool1d: pool(ops.maxPool1d, signal),
  maxPool1dWithIndices: pool(ops.maxPool1dWithIndices, sample),
  maxPool2d: pool(ops.maxPool2d, image),
  maxPool2dWithIndices: pool(ops.maxPool2dWithIndices, image),
  maxWithIndices: () => [ops.maxWithIndices(x, 1), ops.maxWithIndices(x, 1, keep)],
  mean: () => [reduction(ops.mean)(), ops.mean(mask), ops.mean(ids, 0)],
  median: () => ops.median(x),
  medianWithIndices: () => [ops.medianWithIndices(x, 1), ops.medianWithIndices(x, 1, keep)],
  meshgrid: () => ops.meshgrid([v, ids, pair], { indexing: "xy" }),
  minWithIndices: () => [ops.minWithIndices(x, 1), ops.minWithIndices(x, 1, keep)],
  moveAxis: () => ops.moveAxis(x, 0, 2),
  movedim: () => ops.movedim(x, [0, 1], [1, 2]),
  mseLoss: loss((options) => ops.mseLoss(logits, p, options)),
  nanToNum: () => ops.nanToNum(x),
  nanmean: reduction(ops.nanmean),
  nansum: reduction(ops.nansum),
  narrow: () => ops.narrow(x, 2, 1, 3),
  nllLoss: () => [
    loss((options) => ops.nllLoss(logits, ids, { ...options, weight: v }))(),
    ops.nllLoss(x, classes),
  ],
  nonzero: () => ops.nonzero(turned),
  norm: () =>
    [0, 1, 2, 3, Infinity, -Infinity].map((order) => [ops.norm(x, order), ops.norm(x, order, 1, keep)]),
  normalize: () => ops.normalize(x, 2, 1),
  oneHot: () => ops.oneHot(rows, 3),
  ones: () => ops.ones([2]),
  outer: () => ops.outer(v, pair),
  pad: () => [
    ...(["reflect", "replicate", "circular"] as const).map((mode) => ops.pad(x, [1, 2, 0, 1], { mode })),
    ...[ops.pad(x, [1, 1]), ops.pad(x, [1, -1, -1, 0]), ops.pad(x, [-1, -1, -1, 0]), ops.pad(x, [])],
  ],
  pairwiseDistance: () => ops.pairwiseDistance(logits, p),
  permute: () => ops.permute(x, [2, 0, 1]),
  prod: () => [reduction(ops.prod)(), ops.prod(mask)],
  dequantize: () => ops.dequantize(quantized),
  quantize: () => ([4, 8] as const).map((bits) => ops.quantize(grouped, { bits, blockSize: 8 })),
  quantizedLinear: () => ops.quantizedLinear(grouped, quantized),
  rand: () => [ops.rand(new Key(0), [2]), ops.rand(new Key(0), [2], { low: 1, high: 3 })],
  randn: () => [ops.randn(new Key(0), [2]), ops.randn(new Key(0), [2], { mean: 1, std: 3 })],
  randomBits: () => ops.randomBits(new Key(0), [2]),
  repeat: () => [ops.repeat(x, [1, 2, 1]), ops.repeat(v, [2, 2])],
  repeatInterleave: () => [
    ...[ops.repeatInterleave(x, 2, 1), ops.repeatInterleave(turned, 2)],
    ...[ops.repeatInterleave(pair, [2, 0], 0), ops.repeatInterleave(v, 1, 0)],
  ],
  reshape: () => [ops.reshape(x, [2, 4, 6]), ops.reshape(x, [-1]), ops.reshape(turned, [-1])],
  rmsNorm: () => [ops.rmsNorm(x), ops.rmsNorm(logits, v), ops.rmsNorm(turned)],
  roll: () => [ops.roll(x, 1, 1), ops.roll(turned, 3), ops.roll(x, [1, 2], [0, 2]), ops.roll(x, 0, 0)],
  scatter: () => [
    ops.scatter(logits, rows, 1, 0),
    ops.scatter(logits, rows, p, 0),
    ops.scatter(ids, ids, pair, 0),
  ],
  scatterAdd: () => ops.scatterAdd(logits, rows, p, 0),
  scatterAddInto: () => ops.scatterAddInto([2, 2], rows, rows, 0),
  searchsorted: () => [
    ops.searchsorted(v, w),
    ops.searchsorted(logits, p, { right: true }),
    ops.searchsorted(ids, v),
  ],
  slice: () => [ops.slice(x), ops.slice(x, [1, null]), ops.slice(x, 0, [0, 2], -1)],
  smoothL1Loss: loss((options) => ops.smoothL1Loss(logits, p, options)),
  softmax: () => [ops.softmax(x), ops.softmax(x, 1)],
  sort: () => ops.sort(x, 1),
  split: () => [ops.split(x, 3, 2), ops.split(x, [1, 1])],
  squeeze: () => [ops.squeeze(columns), ops.squeeze(columns, 0), ops.squeeze(x)],
  stack: () => ops.stack([x, x], 1),
  std: () => [ops.std(x), ops.std(x, 1, { correction: 0, keepDims: true })],
  sum: () => [reduction(ops.sum)(), ops.sum(mask, 1), ops.sum(ids)],
  sumSquares: () => ops.sumSquares(x),
  sumTo: () => [ops.sumTo(x, [6]), ops.sumTo(x, [4, 1]), ops.sumTo(x, [2, 4, 6])],
  take: () => ops.take(turned, ids),
  toFloat: () => [ops.toFloat(x), ops.toFloat(ids)],
  topK: () => ops.topK(x, 2),
  transpose: () => ops.transpose(x),
  tril: () => ops.tril(x),
  tripletMarginLoss: loss((options) => ops.tripletMarginLoss(logits, p, p, { ...options, swap: true })),
  triu: () => ops.triu(w, 1),
  unbind: () => [ops.unbind(x, 1), ops.unbind(v)],
  unfold: () => ops.unfold(x, 2, 3, 2),
  unique: () => ops.unique(turned),
  unsqueeze: () => [ops.unsqueeze(x, 1), ops.unsqueeze(turned, -1)],
  variance: () => [ops.variance(x), ops.variance(x, 1, { correction: 0, keepDims: true })],
  where: () => [ops.where(mask, x, 0), ops.where(mask, 1, 0), ops.where(mask, x, mask)],
  zeros: () => ops.zeros([2]),
};

describe("where no scope is open, a function leaves its result and nothing else", () => {
  test("every public one is called", () => {
    const names = Object.keys(ops).filter((name) => !(name in elementwise));
    expect(Object.keys(calls).sort()).toEqual(names.sort());
  });

  test.each(Object.entries(calls))("%s", async (_, call) => {
    expect(await leftBehind(call)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
    expect(given.filter(({ isDisposed, scope }) => isDisposed || scope !== null)).toEqual([]);
  });
});
