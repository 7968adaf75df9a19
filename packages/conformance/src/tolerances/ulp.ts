type FloatDtype = "f16" | "f32" | "f64";

/** Distance from 1 to the next larger number. */
export const machineEpsilon: Readonly<Record<FloatDtype, number>> = {
  f16: 2 ** -10,
  f32: 2 ** -23,
  f64: 2 ** -52,
};

const smallestNormal: Readonly<Record<FloatDtype, number>> = {
  f16: 2 ** -14,
  f32: 2 ** -126,
  f64: 2 ** -1022,
};

/** The unit in the last place of x, as `dtype` stores it: the spacing of its neighbours. */
export function ulpOf(dtype: FloatDtype, x: number): number {
  const size = Math.abs(x);
  if (!(size >= smallestNormal[dtype])) return smallestNormal[dtype] * machineEpsilon[dtype];
  return 2 ** Math.floor(exponentOf(size)) * machineEpsilon[dtype];
}

/** log2, exact at powers of two. */
function exponentOf(size: number): number {
  const guess = Math.floor(Math.log2(size));
  if (2 ** guess > size) return guess - 1;
  return 2 ** (guess + 1) <= size ? guess + 1 : guess;
}

/** Below this, backends may flush to zero. */
export function flushThreshold(dtype: "f32" | "f64"): number {
  return smallestNormal[dtype];
}
