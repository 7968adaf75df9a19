import type { Backend } from "../backend.ts";
import { adamwSteps } from "../ops/adamw-step.ts";
import { affine } from "../ops/affine.ts";
import { add, div, mul, sub } from "../ops/arithmetic.ts";
import { maximum } from "../ops/binary-math.ts";
import { assign } from "../ops/in-place.ts";
import { sqrt, square } from "../ops/unary.ts";
import { tidy } from "../scope.ts";
import {
  type Algorithm,
  checkCommon,
  checkRange,
  type Hyperparameters,
  type UpdateContext,
} from "./algorithm.ts";
import type { Scheduled } from "./schedule.ts";

export interface AdamHyperparameters extends Hyperparameters {
  /** Decay of the running means of the gradient and of its square. Default [0.9, 0.999]. */
  readonly betas: readonly [Scheduled, number];
  /** Added to the root of the second mean. Default 1e-8. */
  readonly eps: number;
  /** Divide by the largest second mean so far. Default false. @see Reddi et al. 2018, arXiv:1904.09237 */
  readonly amsgrad: boolean;
}

/** @throws ArgumentError unless both are in [0, 1) and eps is not negative */
export function checkMoments(
  name: string,
  { betas, eps }: { readonly betas: readonly [Scheduled, number]; readonly eps: number },
): void {
  betas.forEach((beta, i) => {
    checkRange(name, `betas[${i}]`, beta, 0, 1);
  });
  checkRange(name, "eps", eps, 0);
}

/** Adam (L2 regularisation) and AdamW (decoupled decay) differ in one flag and a default. */
export function adamAlgorithm(
  name: string,
  decoupled: boolean,
  weightDecay: number,
): Algorithm<AdamHyperparameters> {
  return {
    name,
    defaults: { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay, amsgrad: false, maximize: false },
    check(hyper) {
      checkCommon(name, hyper);
      checkMoments(name, hyper);
    },
    slots: ({ amsgrad }) => ["expAvg", "expAvgSq", ...(amsgrad ? ["maxExpAvgSq"] : [])],
    update(context) {
      if (context.hyper.amsgrad) amsgradStep(context, decoupled);
      else plainSteps([context], decoupled);
    },
    updateAll(contexts) {
      for (const alike of together(contexts)) {
        const { amsgrad, maximize } = alike[0].hyper;
        // What makes tensors of its own makes them for one parameter at a time.
        if (amsgrad) for (const context of alike) tidy(() => amsgradStep(context, decoupled));
        else if (maximize) for (const context of alike) tidy(() => plainSteps([context], decoupled));
        else plainSteps(alike, decoupled);
      }
    },
  };
}

type Context = UpdateContext<AdamHyperparameters>;

/** Those of one count of steps, dtype and backend: what one call of `adamwSteps` takes. */
function together(contexts: readonly Context[]): Iterable<readonly [Context, ...Context[]]> {
  const lists = new Map<Backend, Map<string, [Context, ...Context[]]>>();
  for (const context of contexts) {
    const { param, step } = context;
    const byNumbers = lists.get(param.backend) ?? new Map<string, [Context, ...Context[]]>();
    lists.set(param.backend, byNumbers);
    const key = `${param.dtype} ${step}`;
    const list = byNumbers.get(key);
    if (list) list.push(context);
    else byNumbers.set(key, [context]);
  }
  return [...lists.values()].flatMap((byNumbers) => [...byNumbers.values()]);
}

/** All of one count of steps. */
function plainSteps(contexts: readonly [Context, ...Context[]], decoupled: boolean): void {
  const [first] = contexts;
  const { betas, eps, weightDecay, lr, maximize } = first.hyper;
  const steps = contexts.map((context) => ({
    param: context.param,
    m: context.slot("expAvg"),
    v: context.slot("expAvgSq"),
    grad: maximize ? context.descent() : context.rawGrad,
  }));
  const [beta1, beta2] = [first.value(betas[0]), betas[1]];
  const options = { lr: first.value(lr), beta1, beta2, eps, weightDecay, step: first.step, decoupled };
  adamwSteps(steps, options, maximize ? null : first.gradScale);
}

function amsgradStep(context: UpdateContext<AdamHyperparameters>, decoupled: boolean): void {
  const { param, step, hyper } = context;
  const { betas, eps, weightDecay } = hyper;
  const [lr, beta1, beta2] = [context.value(hyper.lr), context.value(betas[0]), betas[1]];
  const g = decoupled ? context.descent() : context.regularizedDescent();
  const [m, v, largest] = [context.slot("expAvg"), context.slot("expAvgSq"), context.slot("maxExpAvgSq")];
  assign(m, add(mul(m, beta1), mul(g, 1 - beta1)));
  assign(v, add(mul(v, beta2), mul(square(g), 1 - beta2)));
  assign(largest, maximum(largest, v));
  const denominator = affine(sqrt(largest), 1 / Math.sqrt(1 - beta2 ** step), eps);
  const decayed = decoupled ? mul(param, 1 - lr * weightDecay) : param;
  assign(param, sub(decayed, mul(div(m, denominator), lr / (1 - beta1 ** step))));
}
