import {
  type AttentionAttrs,
  cast,
  DTypeError,
  defineOp,
  eq,
  exp,
  formatShape,
  fullLike,
  type KernelRef,
  mul,
  neg,
  type Op,
  reshape,
  run,
  type ScoreMods,
  ShapeError,
  statisticDtype,
  sub,
  sum,
  type Tensor,
  where,
} from "@saccade/core";
import { capturedGradientOp } from "../score-mods/captured-gradient-op.ts";
import { scoreDerivative } from "../score-mods/differentiate.ts";
import type { BackwardInputs } from "./attention-backward-op.ts";
import { attentionBackward } from "./backward-in-rows.ts";
import { composeAttention } from "./compose.ts";
import type { ScoreTuple } from "./score-inputs.ts";
import { modViews, scoreView, scoreViews } from "./score-view.ts";

/** Those of the scores, sinks or null, and what functions of scores have: blocks of their mask, captured tensors. */
export type AttentionInputs = readonly [...ScoreTuple, sinks: Tensor | null, ...mods: (Tensor | null)[]];

/** Where captured tensors begin. */
const CAPTURED = 9;

/** The same as kernels have it. */
function viewsOf(inputs: AttentionInputs, { mods }: AttentionAttrs) {
  const own = modViews(inputs.slice(8), inputs, mods !== undefined);
  return [...scoreViews(inputs), inputs[7], ...own] as const;
}

const forwardKernel: KernelRef<AttentionInputs, AttentionAttrs> = {
  supports(backend, inputs, attrs) {
    const kernel = backend.fused.attention;
    if (kernel === undefined) return false;
    return kernel.supports?.(viewsOf(inputs, attrs), attrs) ?? true;
  },
  launch(backend, inputs, [out, lse], attrs) {
    backend.fused.attention?.run(viewsOf(inputs, attrs), [out, lse], attrs);
  },
};

/** @throws ShapeError, DTypeError unless all inputs fit each other */
export function checkInputs([q, k, v, mask, bias, slopes, , sinks]: AttentionInputs): void {
  const wrong = (what: string): ShapeError =>
    new ShapeError(
      `attention: ${what} (q ${formatShape(q.shape)}, k ${formatShape(k.shape)}, v ${formatShape(v.shape)})`,
    );
  if (q.rank !== 4) throw wrong("q must be [batch, heads, length, width]");
  if (k.rank !== 4) throw wrong("k must be [batch, heads, length, width]");
  if (v.rank !== 4) throw wrong("v must be [batch, heads, length, width]");
  if (k.dtype !== q.dtype || v.dtype !== q.dtype) {
    throw new DTypeError(
      `attention: q, k and v must have one dtype (got ${q.dtype}, ${k.dtype}, ${v.dtype})`,
    );
  }
  const [B, H, , E] = q.shape;
  const [kB, K, S, kE] = k.shape;
  if (kB !== B || v.shape[0] !== B) throw wrong("batch sizes differ");
  if (kE !== E) throw wrong("q and k differ in width");
  if (v.shape[1] !== K || v.shape[2] !== S) throw wrong("k and v differ in heads or length");
  if (K === 0 || H % K !== 0) throw wrong(`H=${H} is not a multiple of K=${K}`);
  if (bias) checkDtype("the bias", bias, q);
  if (slopes) checkPerHead("ALiBi's slopes", slopes, q);
  if (sinks) checkPerHead("sinks", sinks, q);
  if (mask) checkScoreShape("mask", mask, q, k);
  if (bias) checkScoreShape("bias", bias, q, k);
}

function checkDtype(name: string, x: Tensor, q: Tensor): void {
  if (x.dtype === q.dtype) return;
  throw new DTypeError(`attention: ${name} must have the dtype of q, ${q.dtype} (got ${x.dtype})`);
}

function checkPerHead(name: string, x: Tensor, q: Tensor): void {
  checkDtype(name, x, q);
  const H = q.shape[1];
  if (x.rank === 1 && x.shape[0] === H) return;
  throw new ShapeError(`attention: ${name} must be [${H}], one a head (got ${formatShape(x.shape)})`);
}

/** What other libraries take without dimensions of heads is said how to give. */
function checkScoreShape(what: "mask" | "bias", x: Tensor, q: Tensor, k: Tensor): void {
  try {
    scoreView(what, x, q, k);
  } catch (error) {
    if (!(error instanceof ShapeError) || x.shape[0] !== q.shape[0] || x.shape.at(-1) !== k.shape[2])
      throw error;
    const hint = { 2: "[B, S] goes in as [B, 1, 1, S]", 3: "[B, T, S] goes in as [B, 1, T, S]" }[x.rank];
    throw hint ? new ShapeError(`${error.message}; ${hint}`) : error;
  }
}

/**
 * The gradient of sinks `[H]`. What a sink draws, `p = e^(sink - lse)`, is taken from all weights of its row in
 * proportion: `-sum p delta`.
 */
function sinkGradient(sinks: Tensor, lse: Tensor, delta: Tensor): Tensor {
  const exponent = sub(reshape(sinks, [-1, 1]), lse);
  // A sink of -inf draws nothing, also where the whole row is -inf.
  const drawn = where(eq(lse, Number.NEGATIVE_INFINITY), 0, exp(exponent));
  return cast(neg(sum(mul(drawn, delta), [0, 2])), sinks.dtype);
}

/** How many inputs there are: those that are always there, and those of functions of scores. */
function savedInputs(mods: ScoreMods | undefined): number {
  const loads = [mods?.score, mods?.mask].flatMap((program) => program?.steps ?? []);
  const captured = loads.reduce(
    (count, step) => (step.op === "load" ? Math.max(count, step.tensor + 1) : count),
    0,
  );
  return mods ? CAPTURED + captured : CAPTURED - 1;
}

/** The attributes of the backward pass: a function of scores comes with its derivative. */
function withSlope(attrs: AttentionAttrs): AttentionAttrs {
  const { mods } = attrs;
  return mods?.score ? { ...attrs, mods: { ...mods, score: scoreDerivative(mods.score) } } : attrs;
}

/** 8 MB of f32. */
const SCORES_AT_ONCE = 2 ** 21;

/** Gradients of the captured tensors that need one, null for the others. */
function capturedGradients(
  inputs: BackwardInputs,
  attrs: AttentionAttrs,
  needs: readonly boolean[],
): (Tensor | null)[] {
  const wanted = needs.flatMap((needed, i) => (needed ? [i] : []));
  if (wanted.length === 0) return needs.map(() => null);
  const found = run(capturedGradientOp, inputs, { ...attrs, wanted, scoresAtOnce: SCORES_AT_ONCE }).values();
  return needs.map((needed) => (needed ? (found.next().value ?? null) : null));
}

/** -> out [B, H, T, Ev], log-sum-exp [B, H, T]. */
export const attentionOp: Op<AttentionInputs, AttentionAttrs> = defineOp<AttentionInputs, AttentionAttrs>(
  "attention",
  {
    infer(inputs) {
      checkInputs(inputs);
      const [{ dtype, shape }, , v] = inputs;
      const [B, H, T] = shape;
      return [
        { dtype, shape: [B, H, T, v.shape[3]] },
        { dtype: statisticDtype(dtype), shape: [B, H, T] },
      ];
    },
    kernel: forwardKernel,
    compose: composeAttention,
    saves: ({ mods }) => ({
      inputs: Array.from({ length: savedInputs(mods) }, (_, i) => i),
      outputs: [0, 1],
    }),
    vjp({ grads: [dOut, dLse], inputs, outputs: [out, lse], attrs, needs }) {
      const dO = dOut ?? fullLike(out, 0);
      // d score = p (dp - sum(dO out) + dLse): the gradient of the log-sum-exp joins delta.
      const inner = sum(mul(cast(dO, lse.dtype), cast(out, lse.dtype)), -1);
      const delta = dLse ? sub(inner, dLse) : inner;
      const [q, k, v, mask, bias, slopes, ranges, sinks, ...mods] = inputs;
      const backward = [q, k, v, mask, bias, slopes, ranges, lse, delta, dO, ...mods] as const;
      const wanted = { biasGradient: needs[4], slopesGradient: needs[5] };
      const how = withSlope(attrs);
      const [dq, dk, dv, ...more] = attentionBackward(backward, { ...how, ...wanted }, SCORES_AT_ONCE);
      const dBias = needs[4] ? more[0] : null;
      const dSlopes = slopes && needs[5] ? cast(sum(more[more.length - 1], [0, 2]), slopes.dtype) : null;
      const dSinks = sinks && needs[7] ? sinkGradient(sinks, lse, delta) : null;
      const dCaptured = capturedGradients(backward, attrs, needs.slice(CAPTURED));
      return [dq, dk, dv, null, dBias, dSlopes, null, dSinks, null, ...dCaptured];
    },
  },
);
