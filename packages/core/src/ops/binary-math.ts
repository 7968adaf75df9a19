import type { Tensor } from "../tensor.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { eq, gt, logicalOr, lt } from "./compare.ts";
import { defineBinary, type Operand, runBinary } from "./elementwise.ts";
import { fullLike } from "./fill.ts";
import { isNan, log, neg, powScalar, square } from "./unary.ts";
import { where } from "./where.ts";

const powOp = defineBinary("pow", {
  saves: [0, 1],
  vjp({ grad, inputs: [x, y], needs }) {
    // d/dx: y x^(y-1), 0 where y = 0; d/dy: x^y log x, 0 where x = 0 and y >= 0.
    const dx = () => where(eq(y, 0), fullLike(y, 0), mul(grad, mul(y, pow(x, sub(y, 1)))));
    const dy = () => where(eq(x, 0), fullLike(x, 0), mul(grad, mul(pow(x, y), log(x))));
    return [needs[0] ? dx() : null, needs[1] ? dy() : null];
  },
});

/** Gradient of an extremum: to the operand that `wins`, in halves where both are equal. */
function extremumVjp(grad: Tensor, a: Tensor, b: Tensor, wins: typeof gt): readonly Tensor[] {
  const half = mul(grad, 0.5);
  const none = fullLike(grad, 0);
  const tie = eq(a, b);
  return [where(tie, half, where(wins(a, b), grad, none)), where(tie, half, where(wins(b, a), grad, none))];
}

/** Gradient of an extremum that leaves NaN out: to the operand that is taken, the first of equals. */
function numberVjp(grad: Tensor, a: Tensor, b: Tensor, wins: typeof gt): readonly Tensor[] {
  const none = fullLike(grad, 0);
  const first = logicalOr(logicalOr(wins(a, b), eq(a, b)), isNan(b));
  return [where(first, grad, none), where(first, none, grad)];
}

const maximumOp = defineBinary("maximum", {
  saves: [0, 1],
  vjp: ({ grad, inputs: [a, b] }) => extremumVjp(grad, a, b, gt),
});
const minimumOp = defineBinary("minimum", {
  saves: [0, 1],
  vjp: ({ grad, inputs: [a, b] }) => extremumVjp(grad, a, b, lt),
});
const fmaxOp = defineBinary("fmax", {
  saves: [0, 1],
  vjp: ({ grad, inputs: [a, b] }) => numberVjp(grad, a, b, gt),
});
const fminOp = defineBinary("fmin", {
  saves: [0, 1],
  vjp: ({ grad, inputs: [a, b] }) => numberVjp(grad, a, b, lt),
});
const atan2Op = defineBinary("atan2", {
  saves: [0, 1],
  vjp({ grad, inputs: [y, x] }) {
    const scaled = div(grad, add(square(x), square(y)));
    return [mul(scaled, x), neg(mul(scaled, y))];
  },
});
const hypotOp = defineBinary("hypot", {
  saves: [0, 1],
  vjp({ grad, inputs: [a, b] }) {
    const scaled = div(grad, hypot(a, b));
    return [mul(scaled, a), mul(scaled, b)];
  },
});
const floorDivOp = defineBinary("floorDiv");
const truncDivOp = defineBinary("truncDiv");
const remainderOp = defineBinary("remainder", {
  saves: [0, 1],
  vjp: ({ grad, inputs: [a, b], needs }) => [grad, needs[1] ? neg(mul(grad, floorDiv(a, b))) : null],
});
const fmodOp = defineBinary("fmod", {
  saves: [0, 1],
  vjp: ({ grad, inputs: [a, b], needs }) => [grad, needs[1] ? neg(mul(grad, truncDiv(a, b))) : null],
});

/** `a^b`. */
export function pow(a: Operand, b: Operand): Tensor {
  return typeof b === "number" && typeof a !== "number" ? powScalar(a, b) : runBinary(powOp, "pow", a, b);
}

/** The larger, elementwise; NaN wins. Equal operands share the gradient. */
export function maximum(a: Operand, b: Operand): Tensor {
  return runBinary(maximumOp, "maximum", a, b);
}

/** The smaller, elementwise; NaN wins. Equal operands share the gradient. */
export function minimum(a: Operand, b: Operand): Tensor {
  return runBinary(minimumOp, "minimum", a, b);
}

/** The larger, elementwise; the number where the other is NaN. The first of equals has the gradient, as in PyTorch. */
export function fmax(a: Operand, b: Operand): Tensor {
  return runBinary(fmaxOp, "fmax", a, b);
}

/** The smaller, elementwise; the number where the other is NaN. The first of equals has the gradient, as in PyTorch. */
export function fmin(a: Operand, b: Operand): Tensor {
  return runBinary(fminOp, "fmin", a, b);
}

/** The angle of the point (x, y), in (-pi, pi]. */
export function atan2(y: Operand, x: Operand): Tensor {
  return runBinary(atan2Op, "atan2", y, x, "f32");
}

/** `sqrt(a^2 + b^2)`. */
export function hypot(a: Operand, b: Operand): Tensor {
  return runBinary(hypotOp, "hypot", a, b, "f32");
}

/** `floor(a / b)`; constant to gradients. Integer division by 0 gives 0. */
export function floorDiv(a: Operand, b: Operand): Tensor {
  return runBinary(floorDivOp, "floorDiv", a, b);
}

/** `trunc(a / b)`; constant to gradients. Integer division by 0 gives 0. */
export function truncDiv(a: Operand, b: Operand): Tensor {
  return runBinary(truncDivOp, "truncDiv", a, b);
}

/** `a - b floor(a / b)`: the sign of b (Python's %). */
export function remainder(a: Operand, b: Operand): Tensor {
  return runBinary(remainderOp, "remainder", a, b);
}

/** `a - b trunc(a / b)`: the sign of a (C's fmod). */
export function fmod(a: Operand, b: Operand): Tensor {
  return runBinary(fmodOp, "fmod", a, b);
}
