import { requireDtype, requireFloat, statisticDtype } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape } from "../layout.ts";
import { defineOp, fused, run, runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { ne } from "./compare.ts";
import { contiguous } from "./copy.ts";
import { fullLike, ones } from "./fill.ts";
import { gather, indexSelect, oneHot } from "./gather.ts";
import { logsumexp } from "./logsumexp.ts";
import { sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { exp } from "./unary.ts";
import { where } from "./where.ts";

interface CrossEntropyAttrs {
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;
}

type ForwardInputs = readonly [Tensor, Tensor, Tensor | null];
type BackwardInputs = readonly [Tensor, Tensor, Tensor | null, Tensor, Tensor];

/** What a row's target weighs: `w[target]`, 1 without weights, 0 where it is ignored. [N] */
export function targetWeights(
  target: Tensor,
  weight: Tensor | null,
  ignoreIndex: number,
  like: Tensor,
): Tensor {
  return tidy(() => {
    const counted = cast(ne(target, ignoreIndex), like.dtype);
    if (!weight) return counted;
    const safe = where(ne(target, ignoreIndex), target, fullLike(target, 0));
    return mul(counted, indexSelect(weight, safe, 0));
  });
}

/** The class weights, ones without. [V] */
function classWeights(weight: Tensor | null, like: Tensor): Tensor {
  return weight ?? ones([like.shape[1]], { dtype: like.dtype, backend: like.backend });
}

/** logits [N, V], target i32 [N] -> loss [N], log-sum-exp [N]. */
const crossEntropyOp = defineOp<ForwardInputs, CrossEntropyAttrs>("crossEntropy", {
  infer([logits, target, weight]) {
    const [rows, classes] = logits.shape;
    if (target.rank !== 1 || target.shape[0] !== rows || (weight && weight.shape[0] !== classes)) {
      const weights = weight ? `, weight ${formatShape(weight.shape)}` : "";
      throw new ShapeError(
        `crossEntropy: sizes do not fit (logits ${formatShape(logits.shape)}, target ${formatShape(target.shape)}${weights})`,
      );
    }
    const row = { dtype: statisticDtype(logits.dtype), shape: [rows] };
    return [row, row];
  },
  kernel: fused("crossEntropy"),
  compose([logits, target, weight], { ignoreIndex, labelSmoothing }) {
    const [, classes] = logits.shape;
    const lse = logsumexp(logits, 1);
    const used = ne(target, ignoreIndex);
    const safe = where(used, target, fullLike(target, 0));
    const picked = reshape(gather(logits, reshape(safe, [-1, 1]), 1), [-1]);
    const hard = mul(targetWeights(target, weight, ignoreIndex, logits), sub(lse, picked));
    if (labelSmoothing === 0) return [where(used, hard, fullLike(hard, 0)), lse];
    const spread = mul(sub(reshape(lse, [-1, 1]), logits), classWeights(weight, logits));
    const smooth = mul(sum(spread, 1), labelSmoothing / classes);
    return [where(used, add(mul(hard, 1 - labelSmoothing), smooth), fullLike(hard, 0)), lse];
  },
  saves: () => ({ inputs: [0, 1, 2], outputs: [1] }),
  vjp({ grads: [dLoss, dLse], inputs: [logits, target, weight], outputs: [, lse], attrs }) {
    const dRows = dLoss ?? fullLike(lse, 0);
    const dLogits = runOne(crossEntropyBackwardOp, [logits, target, weight, lse, dRows], attrs);
    if (!dLse) return [dLogits, null, null];
    // The log-sum-exp has a gradient where the gradient itself is differentiated: its rule reads it.
    const p = exp(sub(logits, reshape(lse, [-1, 1])));
    return [add(dLogits, cast(mul(p, reshape(dLse, [-1, 1])), dLogits.dtype)), null, null];
  },
});

const crossEntropyBackwardOp = defineOp<BackwardInputs, CrossEntropyAttrs>("crossEntropyBackward", {
  infer: ([logits]) => [{ dtype: logits.dtype, shape: logits.shape }],
  kernel: fused("crossEntropyBackward"),
  compose([logits, target, weight, lse, dLoss], { ignoreIndex, labelSmoothing }) {
    const [, classes] = logits.shape;
    const p = exp(sub(logits, reshape(lse, [-1, 1])));
    const used = ne(target, ignoreIndex);
    const safe = where(used, target, fullLike(target, 0));
    const hot = cast(oneHot(safe, classes), logits.dtype);
    const hard = reshape(targetWeights(target, weight, ignoreIndex, logits), [-1, 1]);
    let slope = mul(hard, sub(p, hot));
    if (labelSmoothing > 0) {
      const weights = classWeights(weight, logits);
      const smooth = sub(mul(p, sum(weights)), weights);
      slope = add(mul(slope, 1 - labelSmoothing), mul(smooth, labelSmoothing / classes));
    }
    const scale = where(used, dLoss, fullLike(dLoss, 0));
    return [mul(slope, reshape(scale, [-1, 1]))];
  },
});

/**
 * Cross-entropy of each row: `-log softmax(logits)[target]`, weighted and smoothed; 0 where `target == ignoreIndex`.
 *
 * @param logits  `[N, V]`, float
 * @param target  `[N]`, i32
 * @param weight  `[V]` per class, or null; constant to gradients
 * @returns `[N]`; f32 for logits of f16
 */
export function crossEntropyRows(
  logits: Tensor,
  target: Tensor,
  weight: Tensor | null,
  attrs: CrossEntropyAttrs,
): Tensor {
  return tidy(() => {
    requireFloat("crossEntropy", logits, "logits");
    requireDtype("crossEntropy", target, "i32", "target");
    return run(
      crossEntropyOp,
      [contiguous(logits), contiguous(target), weight ? contiguous(weight) : null],
      attrs,
    )[0];
  });
}
