import * as all from "@saccade/attention";
import {
  getBackend,
  Key,
  narrow,
  ones,
  permute,
  randn,
  setBackend,
  type Tensor,
  tensor,
  tidy,
  valueAndGrad,
  zeros,
} from "@saccade/core";
import { Module } from "@saccade/core/nn";
import { createReferenceBackend } from "@saccade/core/reference";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Mechanism, mechanisms } from "./table.ts";

const [B, D, H] = [2, 8, 2];
const sizes = { width: D, heads: H };
const key = new Key(0);
const each = Object.entries(mechanisms);
/** Layers that attend and are not in the table: what is abstract, and what gives positions alone. */
const others = [
  "LearnedPositions",
  "MechanismLayer",
  "RelativePositionBias",
  "ScoredAttention",
  "SinusoidalPositions",
];

test("every layer of the package is in the table", () => {
  const layers = Object.entries(all).flatMap(([name, value]) =>
    typeof value === "function" && value.prototype instanceof Module ? [name] : [],
  );
  expect(layers.filter((name) => !(name in mechanisms) && !others.includes(name))).toEqual([]);
});

/** Two sequences and the seen part of the second, for a mechanism. */
function sequences(
  { kind, single = false }: Mechanism,
  length: number,
  S: number,
  width = D,
): { x: Tensor; memory: Tensor } {
  const x = randn(new Key(1), [B, single ? Math.min(1, length) : length, width]);
  return { x, memory: kind === "self" ? x : randn(new Key(2), [B, S, width]) };
}

/** What a mechanism gives of the sequences that `given` makes, as numbers. */
async function outcome(
  it: Mechanism,
  given: () => { readonly x: Tensor; readonly memory: Tensor; readonly seen?: Tensor },
  of = sizes,
): Promise<{ readonly values: readonly number[]; readonly shape: readonly number[] }> {
  using module = it.make(of, { key });
  let shape: readonly number[] = [];
  const [values] = await evaluateAll(() => {
    const { x, memory, seen = null } = given();
    const out = it.run(module, { x, memory, seen });
    shape = out.shape;
    return [out];
  });
  return { values, shape };
}

/** The numbers of one item of a batch. */
const item = ({ values }: { readonly values: readonly number[] }, b: number): readonly number[] =>
  values.slice((b * values.length) / B, ((b + 1) * values.length) / B);

function expectClose(got: readonly number[], wanted: readonly number[], digits = 5): void {
  expect(got.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(got[i]).toBeCloseTo(value, digits);
}

const backends = {
  reference: async () => createReferenceBackend(),
  cpu: () => createCpuBackend({ threads: 2 }),
};

describe.each(Object.entries(backends))("on the %s backend", (_, create) => {
  const before = getBackend();
  beforeAll(async () => setBackend(await create()));
  afterAll(async () => {
    await getBackend().dispose();
    setBackend(before);
  });
  guardMemory({ beforeEach, afterEach });

  const masked = each.filter(([, it]) => it.masked);
  test.each(masked)(
    "%s: who may attend nowhere gets numbers, that depend on nothing hidden",
    async (_name, it) => {
      const seen = (): Tensor =>
        tensor(
          [
            [0, 0, 0, 0, 0],
            [1, 1, 1, 1, 1],
          ],
          { dtype: "u8" },
        );
      const given = (change: number) => () => {
        const { x, memory } = sequences(it, 5, 5);
        if (it.kind === "self" || change === 0) return { x, memory, seen: seen() };
        const moved = memory.add(tensor([change, 0], { shape: [B, 1, 1] }));
        return { x, memory: moved, seen: seen() };
      };
      const [hidden, moved, open] = [
        await outcome(it, given(0)),
        await outcome(it, given(3)),
        await outcome(it, () => sequences(it, 5, 5)),
      ];
      expect(item(moved, 0)).toEqual(item(hidden, 0));
      if (!it.logarithms) expect(hidden.values.every(Number.isFinite)).toBe(true);
      expect(hidden.values.some(Number.isNaN)).toBe(false);
      expectClose(item(hidden, 1), item(open, 1));
      if (it.logarithms) return;
      using module = it.make(sizes, { key });
      using result = valueAndGrad(
        () => {
          const { x, memory } = sequences(it, 5, 5);
          return it.run(module, { x, memory, seen: seen() }).square().mean();
        },
        module.parameters().length > 0 ? module.parameters() : [],
      );
      const grads = await evaluateAll(() => [...result.grads]);
      expect(grads.flat().every(Number.isFinite)).toBe(true);
    },
  );

  test.each(each)("%s: no queries, one key, one head, odd lengths", async (_name, it) => {
    if (it.kind !== "pooling" && !it.single) {
      const none = await outcome(it, () => sequences(it, 0, 5));
      expect([none.shape.slice(0, 2), none.values]).toEqual([[B, 0], []]);
    }
    for (const [T, S] of [
      [1, 1],
      [3, 1],
      [7, 5],
    ]) {
      const { values } = await outcome(it, () => sequences(it, T, S), { width: D, heads: H });
      expect(values.every(Number.isFinite)).toBe(true);
    }
    const one = await outcome(it, () => sequences(it, 3, 5), { width: D, heads: 1 });
    expect(one.values.every(Number.isFinite)).toBe(true);
  });

  test.each(each)("%s: heads of 1, 3, 64 and 256 features", async (_name, it) => {
    for (const width of [1, 3, 64, 256]) {
      const of = { width: 2 * width, heads: 2 };
      const { values } = await outcome(it, () => sequences(it, 3, 2, 2 * width), of);
      expect(values.every(Number.isFinite), `${width}`).toBe(true);
    }
  });

  test.each(each)("%s: NaN stays in its sequence, and in its query", async (_name, it) => {
    const spoiled = (at: number[], shape: number[]): Tensor => {
      const numbers = new Float32Array(shape.reduce((a, b) => a * b));
      for (let d = 0; d < D; d++) numbers[(at[0] * shape[1] + at[1]) * D + d] = Number.NaN;
      return tensor(numbers, { shape });
    };
    const clean = await outcome(it, () => sequences(it, 4, 5));
    const bad = await outcome(it, () => {
      const { x, memory } = sequences(it, 4, 5);
      const [nx, nm] = [
        x.add(spoiled([0, x.shape[1] - 1], x.shape as number[])),
        memory.add(spoiled([0, 1], memory.shape as number[])),
      ];
      return it.kind === "self" ? { x: nx, memory: nx } : { x: nx, memory: nm };
    });
    expectClose(item(bad, 1), item(clean, 1));
    expect(item(bad, 0).some(Number.isNaN)).toBe(true);
    if (it.kind !== "cross" || it.apart === false || it.single) return;
    const query = await outcome(it, () => {
      const { x, memory } = sequences(it, 4, 5);
      return { x: x.add(spoiled([0, 1], [B, 4, D])), memory };
    });
    const row = clean.values.length / (B * 4);
    query.values.forEach((value, i) => {
      if (Math.floor(i / row) !== 1) expect(value).toBeCloseTo(clean.values[i], 5);
    });
  });

  test.each(each)("%s: views of any strides", async (_name, it) => {
    const plain = await outcome(it, () => sequences(it, 4, 5));
    const strided = await outcome(it, () => {
      const { x, memory } = sequences(it, 4, 5);
      const view = (y: Tensor): Tensor => {
        const wide = permute(permute(y, [2, 0, 1]).copy(), [1, 2, 0]); // features lie farthest apart
        const [batch, length, width] = y.shape;
        const padded = tensor(new Float32Array(batch * 2 * length * width), {
          shape: [batch, 2 * length, width],
        });
        // Every second row of a longer sequence.
        const rows = padded.reshape([batch, length, 2, width]).add(wide.unsqueeze(2));
        return rows.slice(null, null, 1);
      };
      const y = view(x);
      return it.kind === "self" ? { x: y, memory: y } : { x: y, memory: view(memory) };
    });
    expectClose(strided.values, plain.values);
  });

  test.each(each)("%s: what does not fit is an error with the numbers in it", (_name, it) => {
    using module = it.make(sizes, { key });
    const { x, memory } = tidy(() => sequences(it, 4, 5));
    using narrower = narrow(memory, 2, 0, 5);
    using flat = zeros([5, D]);
    using whole = ones([B, 5, D], { dtype: "i32" });
    const given = (y: Tensor): { x: Tensor; memory: Tensor; seen: null } =>
      it.kind === "self" ? { x: y, memory: y, seen: null } : { x, memory: y, seen: null };
    for (const wrong of it.blind ? [flat] : [narrower, flat]) {
      expect(() => tidy(() => it.run(module, given(wrong)))).toThrow(
        expect.objectContaining({
          name: expect.stringMatching(/ShapeError|ArgumentError/),
          message: expect.stringMatching(/\[[\d,]*5/),
        }),
      );
    }
    expect(() => tidy(() => it.run(module, given(whole)))).toThrow(
      expect.objectContaining({ name: "DTypeError", message: expect.stringContaining("i32") }),
    );
    if (x !== memory) memory.dispose();
    x.dispose();
  });
});
