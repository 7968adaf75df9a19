import { requireDtype, requireFloat } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { arange } from "./arange.ts";
import { add, div, mul } from "./arithmetic.ts";
import { maximum } from "./binary-math.ts";
import { cast } from "./cast.ts";
import { eq, gt, le, logicalAnd, logicalOr, lt, ne } from "./compare.ts";
import { concat, stack } from "./concat.ts";
import { expand } from "./expand.ts";
import { full, fullLike } from "./fill.ts";
import { gather } from "./gather.ts";
import { indexTensor } from "./index-tensor.ts";
import { logsumexp } from "./logsumexp.ts";
import { pad } from "./pad.ts";
import { mean } from "./reduce.ts";
import { type LossOptions, reduceLoss } from "./reduction.ts";
import { reshape, unsqueeze } from "./reshape.ts";
import { narrow, slice } from "./slice.ts";
import { neg } from "./unary.ts";
import { where } from "./where.ts";

export interface CtcLossOptions extends LossOptions {
  /** The class that stands for nothing. Default 0. */
  readonly blank?: number;
  /** Where no alignment exists, a loss of 0 instead of infinity. Default false. */
  readonly zeroInfinity?: boolean;
}

/** The logarithm of what is impossible: finite, so that no gradient is NaN. */
const IMPOSSIBLE = -1e30;

/** Blanks before, between and behind the targets: `[N, S] -> [N, 2 S + 1]`. */
function withBlanks(targets: Tensor, blank: number): Tensor {
  const [batch, length] = targets.shape;
  const pairs = stack([fullLike(targets, blank), targets], 2); // [N, S, 2]
  return concat(
    [
      reshape(pairs, [batch, 2 * length]),
      full([batch, 1], blank, { dtype: "i32", backend: targets.backend }),
    ],
    1,
  );
}

/** Column s holds column `s - by`; impossible ones come in from the left. */
function shifted(alpha: Tensor, by: number): Tensor {
  return pad(narrow(alpha, 1, 0, alpha.shape[1] - by), [by, 0], { value: IMPOSSIBLE });
}

/** Log-probabilities of every prefix of the extended targets after the last frame of each sequence. [N, 2 S + 1] */
function forwardScores(logProbs: Tensor, extended: Tensor, blank: number, inputLengths: Tensor): Tensor {
  const [frames, batch] = logProbs.shape;
  const states = extended.shape[1];
  const emitted = gather(logProbs, expand(unsqueeze(extended, 0), [frames, batch, states]), 2); // [T, N, L]
  const column = arange(0, states, 1, { backend: logProbs.backend });
  const impossible = full([], IMPOSSIBLE, { dtype: logProbs.dtype, backend: logProbs.backend });
  // A label may follow the one before it without a blank where the two differ.
  const skips =
    states > 2
      ? pad(
          logicalAnd(
            ne(narrow(extended, 1, 2, states - 2), blank),
            ne(narrow(extended, 1, 2, states - 2), narrow(extended, 1, 0, states - 2)),
          ),
          [2, 0],
        )
      : null;
  let alpha = where(lt(column, 2), slice(emitted, 0), impossible);
  for (let t = 1; t < frames; t++) {
    const ways = [alpha, shifted(alpha, 1)];
    if (skips) ways.push(where(skips, shifted(alpha, 2), impossible));
    const next = add(logsumexp(stack(ways, 0), 0), slice(emitted, t));
    alpha = where(unsqueeze(gt(inputLengths, t), 1), next, alpha);
  }
  return alpha;
}

function lengthsTensor(
  name: string,
  lengths: readonly number[] | Tensor,
  batch: number,
  like: Tensor,
): Tensor {
  const tensor = "dtype" in lengths ? lengths : indexTensor(lengths, like.backend);
  requireDtype("ctcLoss", tensor, "i32", name);
  if (tensor.rank !== 1 || tensor.size !== batch) {
    throw new ShapeError(
      `ctcLoss: ${name} must be one per sequence, [${batch}] (got ${formatShape(tensor.shape)})`,
    );
  }
  return tensor;
}

/**
 * Connectionist temporal classification: minus the log-probability of all alignments of targets to frames.
 *
 * @param logProbs  `[T, N, C]`, log-probabilities
 * @param targets  `[N, S]`, i32, without blanks; what lies behind a target's length is not read
 * @param inputLengths  frames of each sequence, at most T
 * @param targetLengths  labels of each target, at most S
 * @param options.reduction  "mean" (default): each loss divided by its target's length, then the mean over sequences
 * @returns a scalar, or `[N]` without reduction; infinite where no alignment exists
 * @throws ShapeError if shapes do not fit
 * @see Graves et al. 2006, Connectionist temporal classification
 * @example
 * const logProbs = logSoftmax(zeros([2, 1, 2]));
 * ctcLoss(logProbs, tensor([[1]], { dtype: "i32" }), [2], [1]); // => 0.2877
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: readonly number[] | Tensor,
  targetLengths: readonly number[] | Tensor,
  options: CtcLossOptions = {},
): Tensor {
  return tidy(() => {
    const { blank = 0, reduction = "mean", zeroInfinity = false } = options;
    requireFloat("ctcLoss", logProbs, "logProbs");
    requireDtype("ctcLoss", targets, "i32", "targets");
    if (
      logProbs.rank !== 3 ||
      targets.rank !== 2 ||
      targets.shape[0] !== logProbs.shape[1] ||
      logProbs.shape[0] === 0
    ) {
      throw new ShapeError(
        `ctcLoss: needs [T, N, C] and [N, S] (got ${formatShape(logProbs.shape)}, ${formatShape(targets.shape)})`,
      );
    }
    const [, batch, classes] = logProbs.shape;
    if (!Number.isInteger(blank) || blank < 0 || blank >= classes) {
      throw new ArgumentError(`ctcLoss: blank must be one of the ${classes} classes (got ${blank})`);
    }
    const frames = lengthsTensor("inputLengths", inputLengths, batch, logProbs);
    const labels = lengthsTensor("targetLengths", targetLengths, batch, logProbs);
    // Behind its length a target is blank: padding of any value.
    const inside = lt(arange(0, targets.shape[1], 1, { backend: targets.backend }), unsqueeze(labels, 1));
    const alpha = forwardScores(
      logProbs,
      withBlanks(where(inside, targets, fullLike(targets, blank)), blank),
      blank,
      frames,
    );
    // An alignment ends in the last label or in the blank behind it.
    const column = arange(0, alpha.shape[1], 1, { backend: alpha.backend });
    const last = unsqueeze(mul(labels, 2), 1);
    const ends = logicalOr(eq(column, last), logicalAnd(eq(column, add(last, -1)), gt(last, 0)));
    const score = logsumexp(
      where(ends, alpha, full([], IMPOSSIBLE, { dtype: alpha.dtype, backend: alpha.backend })),
      1,
    );
    const instead = full([], zeroInfinity ? 0 : Number.POSITIVE_INFINITY, {
      dtype: score.dtype,
      backend: score.backend,
    });
    const loss = where(le(score, IMPOSSIBLE / 2), instead, neg(score));
    if (reduction !== "mean") return reduceLoss("ctcLoss", loss, reduction);
    return mean(div(loss, cast(maximum(labels, 1), loss.dtype)));
  });
}
