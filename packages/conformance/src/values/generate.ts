import type { DType } from "@saccade/core/backend";
import type { Values } from "../cases/case.ts";
import { storedAs } from "./elements.ts";
import { hashText, seededUniforms, type Uniforms } from "./seeded.ts";

/** Values that depend on nothing but a seed. */
type DrawnValues = Exclude<Values, { readonly kind: "computed" }>;

/** `count` numbers, rounded to what `dtype` can hold. */
export function generate(
  values: DrawnValues,
  dtype: DType,
  count: number,
  seed: string,
): Float64Array<ArrayBuffer> {
  const draw = drawer(values, seededUniforms(hashText(seed)));
  return Float64Array.from({ length: count }, (_, i) => storedAs(dtype, draw(i)));
}

function drawer(values: DrawnValues, uniforms: Uniforms): (i: number) => number {
  switch (values.kind) {
    case "normal":
      return () => {
        const radius = Math.sqrt(-2 * Math.log(1 - uniforms()));
        return values.mean + values.deviation * radius * Math.cos(2 * Math.PI * uniforms());
      };
    case "uniform":
      return () => values.low + (values.high - values.low) * uniforms();
    case "integers":
      return () => values.low + Math.floor((values.high - values.low) * uniforms());
    case "list":
      return (i) => values.numbers[i % values.numbers.length];
  }
}
