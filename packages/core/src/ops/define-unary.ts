import type { ActivationName, UnaryName } from "../backend.ts";
import { ArgumentError } from "../errors.ts";
import { defineOp, fused, type Op, required, runOne } from "../op.ts";
import { maskUnaries } from "../scalar/unary.ts";
import type { Tensor } from "../tensor.ts";

interface UnaryAttrs {
  readonly op: UnaryName;
  readonly a: number;
  readonly b: number;
}

export type UnaryOp = Op<readonly [Tensor], UnaryAttrs>;

/** `dy` times the derivative at x; `y = f(x)`. A rule names what it reads. */
interface UnaryRule {
  readonly reads: "x" | "y" | "nothing";
  readonly vjp: (dy: Tensor, saved: Tensor, attrs: UnaryAttrs) => Tensor;
}

const nothing = {};

/** Defines the op of one row of the unary table. Without a rule it is constant to tapes. */
export function defineUnary(name: UnaryName, rule?: UnaryRule, opName: string = name): UnaryOp {
  const saves = rule?.reads === "x" ? { inputs: [0] } : rule?.reads === "y" ? { outputs: [0] } : nothing;
  return defineOp<readonly [Tensor], UnaryAttrs>(opName, {
    infer: ([x]) => [{ dtype: maskUnaries.has(name) ? "u8" : x.dtype, shape: x.shape }],
    kernel: required("unary"),
    differentiable: rule !== undefined,
    saves: () => saves,
    ...(rule
      ? {
          vjp: ({ grad, inputs: [x], outputs: [y], attrs }) => [
            rule.vjp(grad, rule.reads === "y" ? y : x, attrs),
          ],
        }
      : {}),
  });
}

interface BackwardAttrs {
  readonly op: ActivationName;
}

const backwardOps = new Map<ActivationName, Op<readonly [Tensor, Tensor], BackwardAttrs>>();

/** An activation whose derivative may be a fused kernel: `compose` is `dy f'(x)` in plain ops. */
export function defineActivation(name: ActivationName, compose: (dy: Tensor, x: Tensor) => Tensor): UnaryOp {
  const backwardOp = defineOp<readonly [Tensor, Tensor], BackwardAttrs>(`${name}Backward`, {
    infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
    kernel: fused("unaryBackward"),
    compose: ([x, dy]) => [compose(dy, x)],
  });
  backwardOps.set(name, backwardOp);
  return defineUnary(name, { reads: "x", vjp: (dy, x) => activationBackward(name, x, dy) });
}

/** `dy f'(x)` for an activation f. @internal */
export function activationBackward(name: ActivationName, x: Tensor, dy: Tensor): Tensor {
  const op = backwardOps.get(name);
  if (!op) throw new ArgumentError(`${name}: no such activation`);
  return runOne(op, [x, dy], { op: name });
}
