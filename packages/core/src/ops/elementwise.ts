import type { BinaryName, DType } from "../backend.ts";
import { floatOf, isFloat, promote } from "../dtype.ts";
import { broadcastShapes, sameShape } from "../layout.ts";
import type { KernelRef, Op, Saves, TensorSpec, VjpContext } from "../op.ts";
import { defineOp, runOne } from "../op.ts";
import { maskBinaries } from "../scalar/binary.ts";
import { scoped, tidy } from "../scope.ts";
import { broadcastView, type Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { full } from "./fill.ts";

/** An operand: a tensor, or a number that takes the other's dtype. */
export type Operand = Tensor | number;

export type BinaryOp = Op<readonly [Tensor, Tensor], BinaryAttrs>;

interface BinaryAttrs {
  readonly op: BinaryName;
}

const binaryKernel: KernelRef<readonly [Tensor, Tensor], BinaryAttrs> = {
  supports: () => true,
  launch(backend, [a, b], [out], attrs) {
    const { shape } = out;
    backend.kernels.binary(
      [broadcastView(attrs.op, a, shape), broadcastView(attrs.op, b, shape)],
      [out],
      attrs,
    );
  },
};

/** What differs between binary ops. */
interface BinaryRule {
  /** Which of the inputs the gradient reads. */
  readonly saves?: readonly number[];
  readonly vjp?: (context: VjpContext<readonly [Tensor, Tensor], BinaryAttrs>) => readonly (Tensor | null)[];
}

/** Defines the op of one row of the binary table: broadcasts; without a gradient rule it is constant to tapes. */
export function defineBinary(name: BinaryName, rule: BinaryRule = {}): BinaryOp {
  const masks = maskBinaries.has(name);
  const saves: Saves = { inputs: rule.saves ?? [] };
  return defineOp<readonly [Tensor, Tensor], BinaryAttrs>(name, {
    infer([a, b]): readonly TensorSpec[] {
      const shape = sameShape(a.shape, b.shape) ? a.shape : broadcastShapes(name, a.shape, b.shape);
      return [{ dtype: masks ? "u8" : a.dtype, shape }];
    },
    kernel: binaryKernel,
    differentiable: rule.vjp !== undefined,
    ...(rule.vjp ? { vjp: rule.vjp, saves: () => saves } : {}),
  });
}

/** The dtype in which two operands meet, at least mask, integer, or float. A fraction makes an integer tensor float. */
function meetingDtype(a: Operand, b: Operand, least: "u8" | "i32" | "f32"): DType {
  const dtypeOf = (x: Operand, other: Operand): DType => {
    if (typeof x !== "number") return x.dtype;
    if (typeof other !== "number" && isFloat(other.dtype)) return other.dtype;
    if (!Number.isInteger(x)) return "f32";
    return x >= 0 && x <= 255 ? "u8" : "i32";
  };
  const dtype = promote(dtypeOf(a, b), dtypeOf(b, a));
  return least === "f32" ? floatOf(dtype) : promote(dtype, least);
}

function toTensor(x: Operand, dtype: DType, like: Tensor): Tensor {
  return typeof x === "number" ? full([], x, { dtype, backend: like.backend }) : cast(x, dtype);
}

/** Brings both operands to a common dtype and runs the op. */
export function runBinary(
  op: BinaryOp,
  name: BinaryName,
  a: Operand,
  b: Operand,
  least: "u8" | "i32" | "f32" = "i32",
): Tensor {
  const like = typeof a === "number" ? b : a;
  if (typeof like === "number") throw new TypeError(`${name}: needs at least one tensor (got ${a}, ${b})`);
  const dtype = meetingDtype(a, b, least);
  const attrs = { op: name };
  if (typeof a !== "number" && typeof b !== "number" && a.dtype === dtype && b.dtype === dtype)
    return runOne(op, [a, b], attrs);
  // Of a number comes a single element; a tensor that is converted takes memory.
  const within = typeof a === "number" || typeof b === "number" ? scoped : tidy;
  return within(() => runOne(op, [toTensor(a, dtype, like), toTensor(b, dtype, like)], attrs));
}
