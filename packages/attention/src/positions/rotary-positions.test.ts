import { ArgumentError, Key, randn, ShapeError, type Tensor, tensor, vjp } from "@saccade/core";
import { evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attention } from "../scaled-dot-product/attention.ts";
import { type GoldenCase, goldenCases } from "../testing/golden.ts";
import { rotaryEmbedding } from "./rotary-op.ts";
import { RotaryPositions, type RotaryTables } from "./rotary-positions.ts";

guardMemory({ beforeEach, afterEach });

const cases = goldenCases(new URL("../fixtures/rope.safetensors", import.meta.url));

/** Turns as the case has it. */
function turner({ name, config, has, tensor: read }: GoldenCase, x: Tensor): (it: Tensor) => Tensor {
  const rotary = new RotaryPositions({
    dim: Number(config.rotary_dim ?? x.shape[3]),
    base: Number(config.base ?? 10000),
    interleaved: name.startsWith("interleaved"),
    ...(config.linear_scale ? { scaling: { ropeType: "linear", factor: Number(config.linear_scale) } } : {}),
  });
  const start = (config.positions as unknown as number[] | undefined)?.[0] ?? 0;
  const tables: RotaryTables = has("in/pos")
    ? rotary.tablesAt(read("in/pos").cast("i32"))
    : rotary.tables({ length: x.shape[2], start });
  return (it) => rotary.rotate(it, tables);
}

test.each([...cases.values()])("independent: $name", async (golden) => {
  const names = ["in/x", "in/q", "in/k", "in/v"].filter((name) => golden.has(name));
  const [out, ...grads] = await evaluateAll(() => {
    const inputs = names.map((name) => golden.tensor(name));
    const turn = turner(golden, inputs[0]);
    const forward = (): Tensor =>
      inputs.length === 1
        ? turn(inputs[0])
        : attention(turn(inputs[0]), turn(inputs[1]), inputs[2], { causal: true });
    const result = vjp(() => [forward()], inputs, [golden.tensor("gout/out")]);
    return [...result.outputs, ...result.grads];
  });
  golden.check("out/out", out);
  for (const [i, name] of names.entries()) golden.check(`grad/${name}`, grads[i]);
});

test("fixtures are read", () => expect(cases.size).toBe(11));

const width = 8;
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i], 0);

describe.each([false, true])("interleaved %s", (interleaved) => {
  const rotary = new RotaryPositions({ dim: width, interleaved });

  test("products depend on distances alone, and lengths stay", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(500), fc.nat(500), fc.nat(500), async (m, n, shift) => {
        const at = (salt: number, start: number): Promise<number[]> =>
          evaluate(() =>
            rotary.rotate(
              randn(new Key(salt), [1, width], { dtype: "f64" }),
              rotary.tables({ length: 1, start }, { dtype: "f64" }),
            ),
          ).then((values) => [...values]);
        const [q, k] = [await at(1, m), await at(2, n)];
        const [q2, k2] = [await at(1, m + shift), await at(2, n + shift)];
        expect(dot(q, k)).toBeCloseTo(dot(q2, k2), 9);
        expect(dot(q, q)).toBeCloseTo(dot(q2, q2), 9);
      }),
      { numRuns: 20 },
    );
  });

  test("a start is as if the places before were there", async () => {
    const x = (): Tensor => randn(new Key(0), [2, 3, 6, width]);
    const whole = await evaluate(() => rotary.rotate(x(), rotary.tables({ length: 6 })).narrow(2, 4, 2));
    const part = await evaluate(() =>
      rotary.rotate(x().narrow(2, 4, 2), rotary.tables({ length: 2, start: 4 })),
    );
    expect(part).toEqual(whole);
  });
});

test("tables of a grid turn half of the pairs by the row, half by the column", async () => {
  const rotary = new RotaryPositions({ dim: 8 });
  const [cosines, sines] = await evaluateAll(() => {
    const { cos, sin } = rotary.tables2d({ height: 2, width: 3 }, { dtype: "f64" });
    return [cos, sin];
  });
  const place = 5; // row 1, column 2
  const angles = [1, 0.01, 2, 0.02];
  expect([...cosines.slice(4 * place)]).toEqual(angles.map(Math.cos));
  expect([...sines.slice(4 * place)]).toEqual(angles.map(Math.sin));
});

test("places by tensors are those of numbers", async () => {
  const rotary = new RotaryPositions({ dim: 6 });
  const row = await evaluate(() => rotary.tables({ length: 3, start: 2 }).sin);
  const rows = await evaluate(
    () =>
      rotary.tablesAt(
        tensor(
          [
            [2, 3, 4],
            [0, 0, 4],
          ],
          { dtype: "i32" },
        ),
      ).sin,
  );
  for (let i = 0; i < 9; i++) expect(rows[i]).toBeCloseTo(row[i], 6);
  expect([...rows.slice(9, 15)]).toEqual(new Array(6).fill(0));
});

describe("refuses", () => {
  const rotary = new RotaryPositions({ dim: 6 });
  const long = new RotaryPositions({
    dim: 6,
    scaling: { ropeType: "dynamic", factor: 2, originalMaxPositionEmbeddings: 8 },
  });
  const i32 = (values: number[][]): Tensor => tensor(values, { dtype: "i32" });
  test.each([
    [() => rotary.tables({ length: -1 }), ArgumentError, "length must be a non-negative integer (got -1)"],
    [
      () => rotary.tables({ length: 1, start: 0.5 }),
      ArgumentError,
      "start must be a non-negative integer (got 0.5)",
    ],
    [
      () => rotary.tables2d({ height: 2, width: 2 }),
      ArgumentError,
      "two dimensions need a dim that 4 divides (got 6)",
    ],
    [() => new RotaryPositions({ dim: 6, bas: 3 } as never), ArgumentError, 'unknown option "bas"'],
  ] as const)("%s", (call, kind, message) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });

  test("what does not fit", async () => {
    await evaluateAll(() => {
      const x = randn(new Key(0), [1, 2, 3, 4]);
      expect(() => rotary.rotate(x, rotary.tables({ length: 3 }))).toThrow(ShapeError);
      expect(() => rotaryEmbedding(x, x.narrow(3, 0, 2), x.narrow(3, 0, 1))).toThrow(
        /cos and sin \[T, R\/2\]/,
      );
      expect(() => long.tablesAt(i32([[1]]))).toThrow("dynamic scaling depends on the length");
      expect(() => rotary.tablesAt(tensor([1], { dtype: "i32" }))).toThrow("places must be [B, T]");
      return [];
    });
  });
});

test("sequences of no length", async () => {
  const rotary = new RotaryPositions({ dim: 4 });
  expect(
    (await evaluate(() => rotary.rotate(randn(new Key(0), [2, 0, 4]), rotary.tables({ length: 0 })))).length,
  ).toBe(0);
});
