import type { View } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { Quads } from "./quads.ts";
import { Uniforms } from "./uniforms.ts";

function view(shape: readonly number[], strides: readonly number[], offset = 0): View {
  return { buffer: 0, dtype: "f32", shape, strides, offset };
}

function keyOf(...views: View[]): string | undefined {
  const names = views.map((_, v) => `x${v}`);
  return Quads.of(new Uniforms(), views, names)?.key;
}

test("how four neighbours are found", () => {
  const matrix = view([6, 8], [8, 1]);
  expect(keyOf(matrix)).toBe("quads fl0");
  expect(keyOf(matrix, view([6, 8], [0, 1]))).toBe("quads flro2"); // a row vector
  expect(keyOf(matrix, view([6, 8], [1, 0]))).toBe("quads flsa2"); // a column
  expect(keyOf(matrix, view([6, 8], [0, 0]))).toBe("quads flsi0"); // a scalar
  expect(keyOf(matrix, view([6, 8], [1, 6]))).toBe("quads fllo2"); // transposed
  expect(keyOf(view([6, 8], [20, 1], 4))).toBe("quads ro2"); // a block of a wider matrix
});

test("rows that do not begin with a vector of memory are read element by element", () => {
  expect(keyOf(view([6, 8], [21, 1]))).toBe("quads lo2");
  expect(keyOf(view([6, 8], [20, 1], 3))).toBe("quads lo2");
  expect(keyOf(view([6, 7], [20, 1]))).toBeUndefined();
  expect(keyOf(view([48], [1], 2))).toBeUndefined();
});

test("what does not fit leaves no uniforms behind", () => {
  const u = new Uniforms();
  expect(Quads.of(u, [view([6, 7], [20, 1])], ["x"])).toBeUndefined();
  expect(u.declaration()).not.toContain("x_o");
});
