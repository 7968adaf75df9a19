import { afterAll, describe, expect, test } from "vitest";
import * as core from "../index.ts";
import { memory, type Tensor } from "../index.ts";
import { forEachTensor } from "../scope.ts";

const { ones, randn, tensor, Key } = core;

const i32 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: "i32" });
const x = randn(new Key(0), [2, 4, 6]);
const w = randn(new Key(1), [4, 6]);
const v = randn(new Key(2), [6]);
const square = ones([6, 6]);
const mask = ones([2, 4, 6], { dtype: "u8" });
const index = i32([0, 1]);
const rows = i32([
  [0, 1],
  [1, 0],
]);
const image = randn(new Key(3), [2, 3, 6, 6]);
const signal = randn(new Key(4), [2, 3, 8]);
const kernel1 = randn(new Key(5), [3, 3, 3]);
const kernel2 = randn(new Key(6), [3, 3, 3, 3]);
const logits = randn(new Key(7), [2, 6]);
const p = core.rand(new Key(8), [2, 6]);
const labels = i32([1, 2]);
const frames = randn(new Key(9), [5, 2, 4]);
const targets = i32([
  [1, 2],
  [1, 3],
]);
const owned = [
  x,
  w,
  v,
  square,
  mask,
  index,
  rows,
  image,
  signal,
  kernel1,
  kernel2,
  logits,
  p,
  labels,
  frames,
  targets,
];
afterAll(() => {
  for (const each of owned) each.dispose();
});

const calls: Readonly<Record<string, () => unknown>> = {
  "add, mixed": () => core.add(x, mask),
  div: () => core.div(x, 2),
  maximum: () => core.maximum(x, 0),
  eq: () => core.eq(x, 0),
  logicalAnd: () => core.logicalAnd(x, 1),
  bitAnd: () => core.bitAnd(index, 1),
  hypot: () => core.hypot(x, 1),
  where: () => core.where(mask, x, 0),
  maskedFill: () => core.maskedFill(x, mask, 1),
  "clamp of integers": () => core.clamp(index, 0, 0.5),
  "gelu of integers": () => core.gelu(index),
  "exp of integers": () => core.exp(index),
  "abs of a mask": () => core.abs(mask),
  "square of a mask": () => core.square(mask),
  "affine of a mask": () => core.affine(mask, 2, 1),
  frac: () => core.frac(x),
  sum: () => core.sum(x, 1),
  "sum of a mask": () => core.sum(mask, 1),
  mean: () => core.mean(x, 1),
  any: () => core.any(x),
  argmax: () => core.argmax(x),
  maxWithIndices: () => core.maxWithIndices(x, 1),
  argsort: () => core.argsort(x),
  "cumsum of a mask": () => core.cumsum(mask, 1),
  "softmax along 1": () => core.softmax(x, 1),
  logSoftmax: () => core.logSoftmax(x),
  logsumexp: () => core.logsumexp(x, 1),
  matmul: () => core.matmul(w, v),
  linear: () => core.linear(x, w),
  layerNorm: () => core.layerNorm(x, v, v),
  rmsNorm: () => core.rmsNorm(x, v),
  groupNorm: () => core.groupNorm(x, 2),
  batchNorm: () => core.batchNorm(x),
  stack: () => core.stack([x, x], 1),
  unbind: () => core.unbind(x, 1),
  chunk: () => core.chunk(x, 2, 1),
  slice: () => core.slice(x, 0, [1, 2]),
  indexSelect: () => core.indexSelect(w, index, 0),
  oneHot: () => core.oneHot(index, 3),
  embedding: () => core.embedding(index, w, { paddingIdx: 0, scaleGradByFreq: true }),
  embeddingBag: () => core.embeddingBag(rows, w, { mode: "max" }),
  scatter: () => core.scatter(w, rows, 1, 0),
  scatterAdd: () => core.scatterAdd(w, rows, w, 0),
  indexAdd: () => core.indexAdd(logits, index, logits, 0),
  index: () => core.index(w, [index, index]),
  take: () => core.take(w, index),
  pad: () => core.pad(x, [1, -1]),
  "pad, reflect": () => core.pad(x, [1, 1], { mode: "reflect" }),
  roll: () => core.roll(x, 1, 1),
  repeat: () => core.repeat(v, [2, 2]),
  repeatInterleave: () => core.repeatInterleave(x, 2, 1),
  tril: () => core.tril(w),
  im2col: () => core.im2col(image, 2),
  meshgrid: () => core.meshgrid([v, v]),
  norm: () => core.norm(x, 2, 1),
  std: () => core.std(x, 1),
  median: () => core.median(x),
  medianWithIndices: () => core.medianWithIndices(x, 1),
  nanToNum: () => core.nanToNum(x),
  nanmean: () => core.nanmean(x),
  cummax: () => core.cummax(x, 1),
  logcumsumexp: () => core.logcumsumexp(x, 1),
  xlogy: () => core.xlogy(x, mask),
  lerp: () => core.lerp(x, x, 0.5),
  addmm: () => core.addmm(v, w, square, { alpha: 2 }),
  outer: () => core.outer(v, v),
  glu: () => core.glu(x),
  crossEntropy: () => core.crossEntropy(logits, labels),
  "crossEntropy of probabilities": () => core.crossEntropy(logits, p),
  nllLoss: () => core.nllLoss(logits, labels),
  binaryCrossEntropy: () => core.binaryCrossEntropy(p, p),
  binaryCrossEntropyWithLogits: () => core.binaryCrossEntropyWithLogits(logits, p),
  huberLoss: () => core.huberLoss(logits, p),
  smoothL1Loss: () => core.smoothL1Loss(logits, p),
  klDiv: () => core.klDiv(logits, p),
  tripletMarginLoss: () => core.tripletMarginLoss(logits, p, p),
  ctcLoss: () => core.ctcLoss(frames, targets, [5, 4], [2, 1]),
  cosineSimilarity: () => core.cosineSimilarity(logits, p),
  pairwiseDistance: () => core.pairwiseDistance(logits, p),
  conv1d: () => core.conv1d(signal, kernel1),
  conv2d: () => core.conv2d(image, kernel2),
  convTranspose1d: () => core.convTranspose1d(signal, kernel1),
  convTranspose2d: () => core.convTranspose2d(image, kernel2, null, { stride: 2 }),
  maxPool2d: () => core.maxPool2d(image, 2),
  avgPool2d: () => core.avgPool2d(image, 3, { padding: 1 }),
  adaptiveAvgPool2d: () => core.adaptiveAvgPool2d(image, 4),
  interpolate: () => core.interpolate(image, { size: 9, mode: "bicubic" }),
  einsum: () => core.einsum("bij,kj->bik", x, w),
  searchsorted: () => core.searchsorted(v, v),
  rand: () => core.rand(new Key(0), [2], { low: 1, high: 3 }),
};

describe("where no scope is open, a function leaves its result and nothing else", () => {
  test.each(Object.entries(calls))("%s", (_, call) => {
    const before = memory();
    const result = call();
    const made: Tensor[] = [];
    forEachTensor(result, (each) => made.push(each));
    expect(made.length).toBeGreaterThan(0);
    expect(memory().tensors - before.tensors).toBe(made.length);
    for (const each of made) each.dispose();
    expect(memory()).toMatchObject({ tensors: before.tensors, buffers: before.buffers, bytes: before.bytes });
  });
});
