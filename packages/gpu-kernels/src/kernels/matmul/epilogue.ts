import type { ActivationName, View } from "@saccade/core/backend";
import { library } from "../../wgsl/library.ts";
import { binding, load, stored } from "../../wgsl/operand.ts";
import type { Uniforms } from "../../wgsl/uniforms.ts";
import { activations } from "../unary.ts";
import type { ProductCall } from "./product.ts";

/** What is done to the sums of a product before they are stored. */
export interface Epilogue {
  readonly out: View;
  readonly bias: View | null;
  readonly activation: ActivationName | null;
  readonly pre: View | undefined;
  /** Contiguous, as `out`: is added at last. Where elements are stored one by one. */
  readonly plus: View | undefined;
  /** Whether four neighbours of a row are stored at once. */
  readonly whole: boolean;
  readonly key: string;
}

/** Sets the uniforms `out_o`, and `bias_o`, `bias_s`, `pre_o`, `plus_o` where there are such. */
export function epilogueOf(u: Uniforms, call: ProductCall, columns: number, plus?: View): Epilogue {
  const { out, bias = null, activation = null, pre } = call;
  u.i32("out_o", out.offset);
  if (bias) u.i32("bias_o", bias.offset).i32("bias_s", bias.strides[0]);
  if (pre) u.i32("pre_o", pre.offset);
  if (plus) u.i32("plus_o", plus.offset);
  const whole = columns % 4 === 0 && out.offset % 4 === 0 && (pre?.offset ?? 0) % 4 === 0;
  const key = `${whole ? "w" : "s"} ${out.dtype} ${bias?.dtype} ${activation} ${pre?.dtype}${plus ? " plus" : ""}`;
  return { out, bias, activation, pre, plus, whole, key };
}

/** What the epilogue reads, and what it writes, in the order of their bindings. */
export function epilogueViews({ out, bias, pre, plus }: Epilogue): {
  reads: readonly View[];
  writes: readonly View[];
} {
  const reads = bias ? [bias] : [];
  return { reads: plus ? [...reads, plus] : reads, writes: pre ? [out, pre] : [out] };
}

/**
 * The bindings from `first` on, and `put(batch, row, column, sum)`, which stores one element, or with `quads`
 * `put(batch, row, column, sums)`, which stores the four from `column` on, a multiple of 4.
 */
export function epilogueSource(it: Epilogue, type: "f32" | "i32", first: number, quads: boolean): string {
  const { out, bias, activation, pre, plus, whole } = it;
  const width = quads && whole ? 4 : 1;
  const written = first + (bias ? 1 : 0) + (plus ? 1 : 0);
  const bindings = [
    bias ? binding(first, "bias", bias.dtype, "r") : "",
    plus ? binding(written - 1, "plus", plus.dtype, "r") : "",
    binding(written, "out", out.dtype, "w", { width }),
    pre ? binding(written + 1, "pre", pre.dtype, "w", { width }) : "",
    activation ? library([activations[activation].value]) : "",
  ].join("");
  const biasAt = (column: string): string =>
    bias ? load("bias", bias.dtype, `P.bias_o + i32(${column}) * P.bias_s`) : "";
  const active = (x: string): string => (activation ? `${activations[activation].value}(${x})` : x);
  const place = "i32((batch * P.m + row) * P.n + column)";
  if (width === 1) {
    const added = plus ? ` + ${load("plus", plus.dtype, "P.plus_o + at")}` : "";
    const one = `fn ${quads ? "put_one" : "put"}(batch: u32, row: u32, column: u32, sum: ${type}) {
  if (row >= P.m || column >= P.n) { return; }
  let at = ${place};
  let value = sum${bias ? ` + ${biasAt("column")}` : ""};
  ${pre ? `pre[P.pre_o + at] = ${stored(pre.dtype, "value")};` : ""}
  out[P.out_o + at] = ${stored(out.dtype, active("value") + added)};
}
`;
    if (!quads) return bindings + one;
    return `${bindings}${one}fn put(batch: u32, row: u32, column: u32, sums: vec4<${type}>) {
  for (var i = 0u; i < 4u; i++) { put_one(batch, row, column + i, sums[i]); }
}
`;
  }
  const added = [0, 1, 2, 3].map((i) => biasAt(`column + ${i}u`)).join(", ");
  return `${bindings}fn put(batch: u32, row: u32, column: u32, sums: vec4<${type}>) {
  if (row >= P.m || column >= P.n) { return; }
  let at = ${place};
  let value = sums${bias ? ` + vec4<${type}>(${added})` : ""};
  ${pre ? `pre[(P.pre_o + at) >> 2u] = ${stored(pre.dtype, "value", 4)};` : ""}
  ${
    activation
      ? `var result = value;
  for (var i = 0u; i < 4u; i++) { result[i] = ${active("result[i]")}; }
  out[(P.out_o + at) >> 2u] = ${stored(out.dtype, "result", 4)};`
      : `out[(P.out_o + at) >> 2u] = ${stored(out.dtype, "value", 4)};`
  }
}
`;
}
