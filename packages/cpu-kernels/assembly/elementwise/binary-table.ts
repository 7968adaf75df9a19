/** Which chunk function an op is: `BinaryName` in the order of src/kernels/elementwise/op-codes.ts. */
import {
  eqF32, eqI32, geF32, geI32, gtF32, gtI32, leF32, leI32, ltF32, ltI32, neF32, neI32,
} from "./binary-compare";
import {
  addF32, atan2F32, divF32, floorDivF32, fmaxF32, fminF32, fmodF32, hypotF32, maximumF32, minimumF32, mulF32,
  powF32, remainderF32, subF32, truncDivF32,
} from "./binary-f32";
import {
  addI32, bitAndI32, bitAndU8, bitOrI32, bitOrU8, bitXorI32, bitXorU8, floorDivI32, fmodI32, maximumI32,
  minimumI32, mulI32, powI32, remainderI32, shiftLeftI32, shiftLeftU8, shiftRightI32, shiftRightU8, subI32,
  truncDivI32,
} from "./binary-int";
import {
  eqU8, geU8, gtU8, leU8, logicalAndF32, logicalAndI32, logicalAndU8, logicalOrF32, logicalOrI32, logicalOrU8,
  logicalXorF32, logicalXorI32, logicalXorU8, ltU8, neU8,
} from "./binary-logic";

export function binaryF32(op: i32): i32 {
  switch (op) {
    case 0: return addF32.index;
    case 1: return subF32.index;
    case 2: return mulF32.index;
    case 3: return divF32.index;
    case 4: return floorDivF32.index;
    case 5: return truncDivF32.index;
    case 6: return remainderF32.index;
    case 7: return fmodF32.index;
    case 8: return powF32.index;
    case 9: return maximumF32.index;
    case 10: return minimumF32.index;
    case 11: return fmaxF32.index;
    case 12: return fminF32.index;
    case 13: return atan2F32.index;
    case 14: return hypotF32.index;
    case 15: return eqF32.index;
    case 16: return neF32.index;
    case 17: return ltF32.index;
    case 18: return leF32.index;
    case 19: return gtF32.index;
    case 20: return geF32.index;
    case 21: return logicalAndF32.index;
    case 22: return logicalOrF32.index;
    case 23: return logicalXorF32.index;
    default: return unreachable();
  }
}

/** Core divides integers as floats, and knows no atan2 or hypot of them. */
export function binaryI32(op: i32): i32 {
  switch (op) {
    case 0: return addI32.index;
    case 1: return subI32.index;
    case 2: return mulI32.index;
    case 3: return truncDivI32.index;
    case 4: return floorDivI32.index;
    case 5: return truncDivI32.index;
    case 6: return remainderI32.index;
    case 7: return fmodI32.index;
    case 8: return powI32.index;
    case 9: return maximumI32.index;
    case 10: return minimumI32.index;
    case 11: return maximumI32.index;
    case 12: return minimumI32.index;
    case 15: return eqI32.index;
    case 16: return neI32.index;
    case 17: return ltI32.index;
    case 18: return leI32.index;
    case 19: return gtI32.index;
    case 20: return geI32.index;
    case 21: return logicalAndI32.index;
    case 22: return logicalOrI32.index;
    case 23: return logicalXorI32.index;
    case 24: return bitAndI32.index;
    case 25: return bitOrI32.index;
    case 26: return bitXorI32.index;
    case 27: return shiftLeftI32.index;
    case 28: return shiftRightI32.index;
    default: return unreachable();
  }
}

/** Masks take part in arithmetic as i32. */
export function binaryU8(op: i32): i32 {
  switch (op) {
    case 15: return eqU8.index;
    case 16: return neU8.index;
    case 17: return ltU8.index;
    case 18: return leU8.index;
    case 19: return gtU8.index;
    case 20: return geU8.index;
    case 21: return logicalAndU8.index;
    case 22: return logicalOrU8.index;
    case 23: return logicalXorU8.index;
    case 24: return bitAndU8.index;
    case 25: return bitOrU8.index;
    case 26: return bitXorU8.index;
    case 27: return shiftLeftU8.index;
    case 28: return shiftRightU8.index;
    default: return unreachable();
  }
}
