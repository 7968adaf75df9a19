import { add, assign, type Key, keep, mul, randn, sum, type Tensor, tidy, valueAndGrad } from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import { checkGradients, evaluateAll } from "@saccade/core/testing";
import { expect } from "vitest";

/** Plain numbers and loops, in f64: what papers' equations are written out in. */
export type Vector = readonly number[];
export type Matrix = readonly Vector[];

export const dot = (a: Vector, b: Vector): number => a.reduce((total, x, i) => total + x * b[i], 0);
export const times = (matrix: Matrix, x: Vector): number[] => matrix.map((row) => dot(row, x));
export const plus = (...vectors: readonly Vector[]): number[] =>
  vectors[0].map((_, i) => vectors.reduce((total, x) => total + x[i], 0));
export const scaled = (factor: number, x: Vector): number[] => x.map((value) => factor * value);
export const columns = (matrix: Matrix): number[][] => matrix[0].map((_, j) => matrix.map((row) => row[j]));
export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** Zeros where nothing is visible. */
export function softmaxOf(scores: Vector, visible: (j: number) => boolean = () => true): number[] {
  const exps = scores.map((score, j) => (visible(j) ? Math.exp(score) : 0));
  const total = exps.reduce((a, b) => a + b, 0);
  return exps.map((x) => (total === 0 ? 0 : x / total));
}

/** `sum_j weights_j rows_j` */
export const blendOf = (weights: Vector, rows: Matrix): number[] =>
  rows[0].map((_, e) => rows.reduce((total, row, j) => total + weights[j] * row[e], 0));

/** A random f64 tensor. */
export const random = (key: Key, shape: readonly number[]): Tensor => randn(key, shape, { dtype: "f64" });

/** The numbers of tensors, as nested arrays. */
export const cube = async (x: Tensor): Promise<number[][][]> => (await x.array()) as number[][][];
export const matrix = async (x: Tensor): Promise<number[][]> => (await x.array()) as number[][];

function flat(x: unknown): number[] {
  return Array.isArray(x) ? x.flatMap(flat) : [Number(x)];
}

/** What `fn` computes, against nested numbers. */
export async function expectClose(fn: () => Tensor, expected: unknown, tolerance = 1e-10): Promise<void> {
  const [got] = await evaluateAll(() => [fn()]);
  const wanted = flat(expected);
  expect(got.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) {
    if (Math.abs(got[i] - value) <= tolerance) continue;
    throw new Error(`element ${i} is ${got[i]}, expected ${value}`);
  }
}

/**
 * Gradients of every parameter of a module, and of inputs, against central differences.
 *
 * @param fn  computes with the module from the inputs
 */
export async function checkModule(
  module: Module,
  fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
  key: Key,
): Promise<void> {
  await checkGradients(fn, inputs);
  const eps = 1e-5;
  const loss = (): Tensor => {
    const outputs = fn(...inputs);
    const list = "shape" in outputs ? [outputs] : outputs;
    return list
      .map((output, i) => sum(mul(output, random(key.fold(i), output.shape))))
      .reduce((total, part) => add(total, part));
  };
  for (const [name, parameter] of module.namedParameters()) {
    using before = keep(mul(parameter, 1));
    using direction = random(key.fold(99), parameter.shape);
    const [[byReverse]] = await evaluateAll(() => [
      sum(mul(valueAndGrad(loss, [parameter]).grads[0], direction)),
    ]);
    const at = async (step: number): Promise<number> => {
      using moved = tidy(() => add(before, mul(direction, step)));
      assign(parameter, moved);
      const [[value]] = await evaluateAll(() => [loss()]);
      return value;
    };
    const byDifferences = ((await at(eps)) - (await at(-eps))) / (2 * eps);
    assign(parameter, before);
    expect(Math.abs(byReverse - byDifferences), name).toBeLessThan(1e-6 * Math.max(1, Math.abs(byReverse)));
  }
}

/** What a mechanism gives, head by head, from rows of queries, keys and values. */
export async function byHead(
  [q, k, v]: readonly Tensor[],
  head: (q: number[][], k: number[][], v: number[][], h: number, b: number) => Matrix,
): Promise<Matrix[][]> {
  const [Q, K, V] = (await Promise.all([q, k, v].map((x) => x.array()))) as number[][][][][];
  return Q.map((heads, b) => heads.map((rows, h) => head(rows, K[b][h], V[b][h], h, b)));
}

/** Random f64 queries `[B, H, T, E]`, keys `[B, H, S, E]`, values `[B, H, S, Ev]`; the caller disposes of them. */
export function randomHeads(
  key: Key,
  { B = 2, H = 2, T = 5, S = T, E = 3, Ev = 4 }: Readonly<Record<string, number>> = {},
): [Tensor, Tensor, Tensor] {
  const shapes = [
    [T, E],
    [S, E],
    [S, Ev],
  ];
  const [q, k, v] = shapes.map((sizes, i) => random(key.fold(i), [B, H, ...sizes]));
  return [q, k, v];
}
