import type { AnyCase, InputSpec, Values } from "./case.ts";

/** The smallest normal number of single precision. */
const SMALLEST_NORMAL = 2 ** -126;

const flushed = new WeakMap<AnyCase, AnyCase>();

/**
 * The case as a backend may see it that takes subnormal floats for zeros, which WGSL allows (section 15.7.2): those in
 * lists of values become zeros of their sign.
 */
export function flushSubnormals(it: AnyCase): AnyCase {
  let twin = flushed.get(it);
  if (!twin) {
    twin = { ...it, inputs: it.inputs.map((input) => input && flushInput(input)) };
    flushed.set(it, twin);
  }
  return twin;
}

function flushInput(input: InputSpec): InputSpec {
  return input.dtype === "f32" ? { ...input, values: flushValues(input.values) } : input;
}

function flushValues(values: Values): Values {
  if (values.kind !== "list") return values;
  return { kind: "list", numbers: values.numbers.map((x) => (isSubnormal(x) ? x * 0 : x)) };
}

export function isSubnormal(x: number): boolean {
  return x !== 0 && Math.abs(x) < SMALLEST_NORMAL;
}
