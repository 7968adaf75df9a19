import {
  add,
  contiguous,
  defineOp,
  fullLike,
  fused,
  gt,
  isNan,
  logicalOr,
  matmul,
  mul,
  type Op,
  type RnnNonlinearity,
  relu,
  run,
  type SequenceAttrs,
  stack,
  type Tensor,
  tanh,
  transpose,
  unbind,
  where,
  zeros,
} from "@saccade/core";
import { checkSequence } from "./check.ts";
import { tanhSlope } from "./slopes.ts";
import { reaching, readingOrder, statesBefore, weightGradient, whereReached } from "./steps.ts";

/** gates [B, T, H], weight [H, H], h0 [B, H], lengths i32 [B] or null. */
type RnnInputs = readonly [Tensor, Tensor, Tensor, Tensor | null];
/** weight, lengths, y, dy, dhLast. */
type RnnBackwardInputs = readonly [Tensor, Tensor | null, Tensor, Tensor, Tensor];

interface RnnAttrs extends SequenceAttrs {
  readonly nonlinearity: RnnNonlinearity;
}

function compose(
  [gates, weight, h0, lengths]: RnnInputs,
  { reverse, nonlinearity }: RnnAttrs,
): readonly Tensor[] {
  const [, T] = gates.shape;
  const steps = unbind(gates, 1);
  const ys: Tensor[] = [];
  let h = h0;
  for (const t of readingOrder(T, reverse)) {
    const reached = reaching(lengths, t);
    const pre = add(steps[t], matmul(h, transpose(weight)));
    const next = nonlinearity === "tanh" ? tanh(pre) : relu(pre);
    ys[t] = whereReached(reached, next, 0);
    h = whereReached(reached, next, h);
  }
  return [T > 0 ? stack(ys, 1) : zeros(gates.shape, gates), h];
}

/** -> y [B, T, H], hLast [B, H]. */
export const rnnOp: Op<RnnInputs, RnnAttrs> = defineOp<RnnInputs, RnnAttrs>("rnnSequence", {
  infer([gates, weight, hidden]) {
    checkSequence("rnn", 1, gates, weight, { hidden });
    const { dtype, shape } = gates;
    return [
      { dtype, shape },
      { dtype, shape: hidden.shape },
    ];
  },
  kernel: fused("rnnSequence"),
  compose,
  saves: () => ({ inputs: [1, 2, 3], outputs: [0] }),
  vjp({ grads: [dy, dhLast], inputs: [, weight, h0, lengths], outputs: [y], attrs, needs }) {
    const given = [dy ?? fullLike(y, 0), contiguous(dhLast ?? fullLike(h0, 0))] as const;
    const [dGates, dh0] = run(rnnBackwardOp, [weight, lengths, y, ...given], attrs);
    const before = needs[1] ? statesBefore(y, h0, lengths, attrs.reverse) : null;
    return [dGates, before && weightGradient(dGates, before), dh0, null];
  },
});

/** The slope of relu where its value is y: 1 above 0 and for NaN. */
function reluSlope(y: Tensor): Tensor {
  return where(logicalOr(gt(y, 0), isNan(y)), fullLike(y, 1), 0);
}

function composeBackward(
  [weight, lengths, y, dy, dhLast]: RnnBackwardInputs,
  { reverse, nonlinearity }: RnnAttrs,
): readonly Tensor[] {
  const [, T] = y.shape;
  const slopes = unbind(nonlinearity === "tanh" ? tanhSlope(y) : reluSlope(y), 1);
  const dys = unbind(dy, 1);
  const dGates: Tensor[] = [];
  let dh = dhLast;
  for (const t of readingOrder(T, !reverse)) {
    const reached = reaching(lengths, t);
    const d = mul(add(dh, dys[t]), slopes[t]);
    dGates[t] = whereReached(reached, d, 0);
    dh = whereReached(reached, matmul(d, weight), dh);
  }
  return [T > 0 ? stack(dGates, 1) : zeros(y.shape, y), dh];
}

/** -> dGates [B, T, H], dh0 [B, H]. */
const rnnBackwardOp: Op<RnnBackwardInputs, RnnAttrs> = defineOp<RnnBackwardInputs, RnnAttrs>(
  "rnnSequenceBackward",
  {
    infer: ([{ dtype }, , y, , dhLast]) => [
      { dtype, shape: y.shape },
      { dtype, shape: dhLast.shape },
    ],
    kernel: fused("rnnSequenceBackward"),
    compose: composeBackward,
  },
);
