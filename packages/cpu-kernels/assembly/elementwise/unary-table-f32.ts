/** Which f32 chunk function an op is: `UnaryName` in alphabetical order, as src/kernels/elementwise/op-codes.ts counts. */
import { A } from "./operands";
import {
  eluF32, geluF32, geluTanhF32, hardsigmoidF32, hardswishF32, leakyReluF32, logSigmoidF32, mishF32, quickGeluF32,
  reluF32, seluF32, sigmoidF32, siluF32, softplusF32, softsignF32,
} from "./unary-activations";
import {
  absF32, affineF32, ceilF32, clampF32, floorF32, negF32, reciprocalF32, roundF32, rsqrtF32, signF32, sqrtF32,
  squareF32, truncF32,
} from "./unary-arithmetic";
import {
  acosF32, asinF32, atanF32, cosF32, cubeF32, erfF32, expF32, expm1F32, logF32, log1pF32, log2F32, powF32,
  rootF32, sinF32, tanF32, tanhF32,
} from "./unary-functions";
import { isFiniteF32, isInfF32, isNanF32, logicalNotF32 } from "./unary-masks";

export function unaryF32(op: i32): i32 {
  switch (op) {
    case 0: return absF32.index;
    case 1: return acosF32.index;
    case 2: return affineF32.index;
    case 3: return asinF32.index;
    case 4: return atanF32.index;
    case 6: return ceilF32.index;
    case 7: return clampF32.index;
    case 8: return cosF32.index;
    case 9: return eluF32.index;
    case 10: return erfF32.index;
    case 11: return expF32.index;
    case 12: return expm1F32.index;
    case 13: return floorF32.index;
    case 14: return geluF32.index;
    case 15: return geluTanhF32.index;
    case 16: return hardsigmoidF32.index;
    case 17: return hardswishF32.index;
    case 18: return isFiniteF32.index;
    case 19: return isInfF32.index;
    case 20: return isNanF32.index;
    case 21: return leakyReluF32.index;
    case 22: return logF32.index;
    case 23: return log1pF32.index;
    case 24: return log2F32.index;
    case 25: return logSigmoidF32.index;
    case 26: return logicalNotF32.index;
    case 27: return mishF32.index;
    case 28: return negF32.index;
    case 30: return quickGeluF32.index;
    case 31: return reciprocalF32.index;
    case 32: return reluF32.index;
    case 33: return roundF32.index;
    case 34: return rsqrtF32.index;
    case 35: return seluF32.index;
    case 36: return sigmoidF32.index;
    case 37: return signF32.index;
    case 38: return siluF32.index;
    case 39: return sinF32.index;
    case 40: return softplusF32.index;
    case 41: return softsignF32.index;
    case 42: return sqrtF32.index;
    case 43: return squareF32.index;
    case 44: return tanF32.index;
    case 45: return tanhF32.index;
    case 46: return truncF32.index;
    case 29: return powerF32();
    default: return unreachable(); // 5, bitNot: integers only
  }
}

/** Common exponents have cheaper forms. */
function powerF32(): i32 {
  const a = load<f32>(A);
  if (a == 2) return squareF32.index;
  if (a == 3) return cubeF32.index;
  if (a == -1) return reciprocalF32.index;
  if (a == 0.5) return rootF32.index;
  return powF32.index;
}
