import type { DType } from "@saccade/core/backend";
import { isSubnormal } from "../cases/flush-subnormals.ts";
import { type Elements, isFloatDtype, storedAs } from "../values/elements.ts";
import type { Closeness, Tolerance } from "./tolerance.ts";
import { flushThreshold, machineEpsilon, ulpOf } from "./ulp.ts";

/** The outcome of comparing one output. */
export interface Comparison {
  /** What is wrong, with the worst element; null if nothing is. */
  readonly failure: string | null;
  /** The largest error, as a share of what is allowed: 1 would just pass. */
  readonly share: number;
}

const fine: Comparison = { failure: null, share: 0 };

/**
 * Compares what a kernel wrote with what it should have written.
 *
 * @param got  the elements, row-major
 * @param expected  the same in f64, not rounded
 * @param magnitudes  of the elements; null where the tolerance has no floor
 * @param flushesSubnormals  zeros may stand for subnormal numbers
 */
export function compareOutput(
  dtype: DType,
  got: Elements,
  expected: Float64Array,
  tolerance: Tolerance,
  magnitudes: Float64Array | null,
  flushesSubnormals = false,
): Comparison {
  if (got.length !== expected.length)
    return failed(`${got.length} elements where ${expected.length} are expected`);
  if (!isFloatDtype(dtype) || typeof tolerance === "string") {
    const zeros = isFloatDtype(dtype) ? { equal: tolerance === "equal", flushed: flushesSubnormals } : null;
    return compareExactly(dtype, got, expected, zeros);
  }
  const float = dtype === "f64" || dtype === "f16" ? dtype : "f32";
  return compareClosely(float, got, expected, tolerance, magnitudes);
}

function failed(failure: string): Comparison {
  return { failure, share: Number.POSITIVE_INFINITY };
}

function compareExactly(
  dtype: DType,
  got: Elements,
  expected: Float64Array,
  zeros: { readonly equal: boolean; readonly flushed: boolean } | null,
): Comparison {
  let wrong = 0;
  let first = "";
  for (let i = 0; i < got.length; i++) {
    const wanted = storedAs(dtype, expected[i]);
    if (Object.is(got[i], wanted)) continue;
    if (zeros?.equal && got[i] === wanted) continue;
    if (zeros?.flushed && got[i] === 0 && isSubnormal(wanted)) continue;
    if (wrong++ === 0) first = `element ${i} is ${show(got[i])}, expected ${show(wanted)}`;
  }
  return wrong === 0 ? fine : failed(`${first} (${wrong} of ${got.length} wrong)`);
}

/** Largest numbers before infinity, and half a unit more. */
const overflows = { f16: 65520, f32: 2 ** 128, f64: Number.MAX_VALUE } as const;

/** f16 is computed in f32, with its bounds, and rounded once more. */
function compareClosely(
  dtype: "f16" | "f32" | "f64",
  got: Elements,
  expected: Float64Array,
  closeness: Closeness,
  magnitudes: Float64Array | null,
): Comparison {
  const computed = dtype === "f16" ? "f32" : dtype;
  const epsilon = machineEpsilon[computed];
  const overflow = overflows[dtype];
  let wrong = 0;
  let worst = -1;
  let share = 0;
  for (let i = 0; i < got.length; i++) {
    const wanted = expected[i];
    if (Object.is(got[i], storedAs(dtype, wanted)) || (Number.isNaN(got[i]) && Number.isNaN(wanted)))
      continue;
    const scale = magnitudes?.[i] ?? 0;
    const allowed = Math.max(
      closeness.ulps * ulpOf(computed, wanted) +
        closeness.floor * epsilon * (Number.isFinite(scale) ? scale : 0) +
        (dtype === "f16" ? ulpOf("f16", wanted) / 2 : 0),
      flushThreshold(computed),
    );
    // A result that overflows may do so a little early or late.
    const value = Number.isFinite(wanted) ? Math.max(-overflow, Math.min(overflow, got[i])) : got[i];
    const used =
      Number.isNaN(value) || !Number.isFinite(wanted)
        ? Number.POSITIVE_INFINITY
        : Math.abs(value - wanted) / allowed;
    if (used > 1) wrong++;
    if (used > share) {
      share = used;
      worst = i;
    }
  }
  if (wrong === 0) return { failure: null, share };
  const error = Math.abs(got[worst] - expected[worst]) / ulpOf(dtype, expected[worst]);
  const scale = magnitudes?.[worst] ?? 0;
  return {
    failure: `element ${worst} is ${show(got[worst])}, expected ${show(expected[worst])}: ${error.toPrecision(3)} ulp, ${(share || 0).toPrecision(3)} times what is allowed (magnitude ${scale.toPrecision(3)}; ${wrong} of ${got.length} wrong)`,
    share,
  };
}

function show(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}
