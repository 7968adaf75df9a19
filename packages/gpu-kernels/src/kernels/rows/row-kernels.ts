/**
 * Kernels over the rows of a matrix: softmax, norms, cross-entropy.
 *
 * One idea: a workgroup per row; its lanes run over the row in steps, and what they find is joined as a tree in shared
 * memory.
 */
import type { FusedKernels, KernelFunction } from "@saccade/core/backend";
import type { Launcher } from "../launch.ts";
import { overColumns } from "./over-columns.ts";
import { at, columns, overRows, perRow } from "./over-rows.ts";

type Fused = { readonly [N in keyof FusedKernels]: KernelFunction<FusedKernels[N]> };

export function rowKernels(
  launcher: Launcher,
): Pick<
  Fused,
  | "softmax"
  | "softmaxBackward"
  | "layerNorm"
  | "layerNormBackward"
  | "rmsNorm"
  | "rmsNormBackward"
  | "crossEntropy"
  | "crossEntropyBackward"
> {
  return {
    softmax: ([x], [y], { log }) =>
      overRows(launcher, {
        key: `softmax ${log}`,
        rows: { x },
        outputs: { y },
        uses: ["exp_", "log_", "isInf"],
        body: `
  var most = -infinity();
  ${columns("most = larger(most, x(j));")}
  most = largest(most, lane);
  let empty = isInf(most) && most < 0.0;
  var sum = 0.0;
  ${columns("sum += exp_(x(j) - most);")}
  sum = total(sum, lane);
  let factor = 1.0 / sum;
  ${columns(`${at("y")} = ${log ? "(x(j) - most) - log_(sum)" : "select(exp_(x(j) - most) * factor, 0.0, empty)"};`)}`,
      }),
    softmaxBackward: ([y, dy], [dx], { log }) =>
      overRows(launcher, {
        key: `softmaxBackward ${log}`,
        rows: { y, dy },
        outputs: { dx },
        uses: ["exp_"],
        body: `
  var sum = 0.0;
  ${columns(log ? "sum += dy(j);" : "sum += dy(j) * y(j);")}
  sum = total(sum, lane);
  ${columns(`${at("dx")} = ${log ? "dy(j) - exp_(y(j)) * sum" : "y(j) * (dy(j) - sum)"};`)}`,
      }),
    layerNorm: ([x, weight, bias], [y, mean, rstd], { eps }) =>
      overRows(launcher, {
        key: `layerNorm ${weight !== null} ${bias !== null}`,
        rows: { x },
        vectors: { ...(weight && { weight }), ...(bias && { bias }) },
        outputs: { y, mean, rstd },
        uniforms: (u) => u.f32("eps", eps).f32("share", 1 / x.shape[x.shape.length - 1]),
        body: `
  var sum = 0.0;
  ${columns("sum += x(j);")}
  let center = total(sum, lane) * P.share;
  sum = 0.0;
  ${columns("let d = x(j) - center; sum += d * d;")}
  let scale = 1.0 / sqrt(total(sum, lane) * P.share + P.eps);
  if (lane == 0u) { ${perRow("mean")} = center; ${perRow("rstd")} = scale; }
  ${columns(`${at("y")} = (x(j) - center) * scale${weight ? " * weight(j)" : ""}${bias ? " + bias(j)" : ""};`)}`,
      }),
    layerNormBackward: (inputs, outputs) => layerNormBackward(launcher, inputs, outputs),
    rmsNorm: ([x, weight], [y, rstd], { eps }) =>
      overRows(launcher, {
        key: `rmsNorm ${weight !== null}`,
        rows: { x },
        vectors: weight ? { weight } : {},
        outputs: { y, rstd },
        uniforms: (u) => u.f32("eps", eps).f32("share", 1 / x.shape[x.shape.length - 1]),
        body: `
  var sum = 0.0;
  ${columns("sum += x(j) * x(j);")}
  let scale = 1.0 / sqrt(total(sum, lane) * P.share + P.eps);
  if (lane == 0u) { ${perRow("rstd")} = scale; }
  ${columns(`${at("y")} = x(j) * scale${weight ? " * weight(j)" : ""};`)}`,
      }),
    rmsNormBackward: (inputs, outputs) => rmsNormBackward(launcher, inputs, outputs),
    crossEntropy: ([logits, target, weight], [loss, lse], { ignoreIndex, labelSmoothing }) =>
      overRows(launcher, {
        key: `crossEntropy ${weight !== null} ${labelSmoothing > 0}`,
        rows: { logits },
        vectors: { label: target, ...(weight && { weight }) },
        outputs: { loss, lse },
        uniforms: (u) => u.i32("ignore", ignoreIndex).f32("smoothing", labelSmoothing),
        uses: ["exp_", "log_", "isInf"],
        body: `
  var most = -infinity();
  ${columns("most = larger(most, logits(j));")}
  most = largest(most, lane);
  let base = select(most, 0.0, isInf(most));
  var sum = 0.0;
  ${columns("sum += exp_(logits(j) - base);")}
  let shift = log_(total(sum, lane)) + base;
  var smoothed = 0.0;
  ${labelSmoothing > 0 ? columns(`smoothed += ${weight ? "weight(j) * " : ""}(shift - logits(j));`) : ""}
  ${labelSmoothing > 0 ? "smoothed = total(smoothed, lane);" : ""}
  if (lane == 0u) {
    let t = label(row);
    var value = 0.0;
    if (t != P.ignore) {
      if (t >= 0 && t < i32(P.width)) {
        value = (1.0 - P.smoothing) * ${weight ? "weight(t) * " : ""}(shift - logits(t))${labelSmoothing > 0 ? " + P.smoothing / f32(P.width) * smoothed" : ""};
      } else { value = nan(); }
    }
    ${perRow("loss")} = value;
    ${perRow("lse")} = shift;
  }`,
      }),
    crossEntropyBackward: (
      [logits, target, weight, lse, dLoss],
      [dLogits],
      { ignoreIndex, labelSmoothing },
    ) =>
      overRows(launcher, {
        key: `crossEntropyBackward ${weight !== null} ${labelSmoothing > 0}`,
        rows: { logits },
        vectors: { label: target, ...(weight && { weight }), lse, up: dLoss },
        outputs: { dLogits },
        uniforms: (u) => u.i32("ignore", ignoreIndex).f32("smoothing", labelSmoothing),
        uses: ["exp_"],
        body: `
  var weights = ${weight ? "0.0" : "f32(P.width)"};
  ${weight && labelSmoothing > 0 ? columns("weights += weight(j);") : ""}
  ${weight && labelSmoothing > 0 ? "weights = total(weights, lane);" : ""}
  let t = label(row);
  let known = t >= 0 && t < i32(P.width);
  let own = ${weight ? "weight(clamp(t, 0, i32(P.width) - 1))" : "1.0"};
  let share = P.smoothing / f32(P.width);
  ${columns(`
    let p = exp_(logits(j) - lse(row));
    var slope = (1.0 - P.smoothing) * own * (p - select(0.0, 1.0, i32(j) == t));
    ${labelSmoothing > 0 ? `slope += share * (weights * p - ${weight ? "weight(j)" : "1.0"});` : ""}
    ${at("dLogits")} = select(select(nan(), slope * up(row), known), 0.0, t == P.ignore);`)}`,
      }),
  };
}

/** dx by rows; dWeight and dBias by columns: each segment of rows is summed by itself, then the segments. */
function layerNormBackward(
  launcher: Launcher,
  [x, weight, mean, rstd, dy]: Readonly<FusedKernels["layerNormBackward"]["inputs"]>,
  [dx, dWeight, dBias]: Readonly<FusedKernels["layerNormBackward"]["outputs"]>,
): void {
  overRows(launcher, {
    key: `layerNormBackward ${weight !== null}`,
    rows: { x, dy },
    vectors: { mean, rstd, ...(weight && { weight }) },
    outputs: { dx },
    uniforms: (u) => u.f32("share", 1 / x.shape[1]),
    body: `
  let center = mean(row);
  let scale = rstd(row);
  var sum = 0.0;
  var product = 0.0;
  ${columns(`let g = dy(j)${weight ? " * weight(j)" : ""}; sum += g; product += g * (x(j) - center) * scale;`)}
  sum = total(sum, lane) * P.share;
  product = total(product, lane) * P.share;
  ${columns(`${at("dx")} = scale * (dy(j)${weight ? " * weight(j)" : ""} - sum - (x(j) - center) * scale * product);`)}`,
  });
  overColumns(launcher, {
    key: "layerNormBackward columns",
    rows: { x, dy },
    vectors: { mean, rstd },
    outputs: { dWeight, dBias },
    terms: ["dy(r) * ((x(r) - mean(r)) * rstd(r))", "dy(r)"],
  });
}

function rmsNormBackward(
  launcher: Launcher,
  [x, weight, rstd, dy]: Readonly<FusedKernels["rmsNormBackward"]["inputs"]>,
  [dx, dWeight]: Readonly<FusedKernels["rmsNormBackward"]["outputs"]>,
): void {
  overRows(launcher, {
    key: `rmsNormBackward ${weight !== null}`,
    rows: { x, dy },
    vectors: { rstd, ...(weight && { weight }) },
    outputs: { dx },
    uniforms: (u) => u.f32("share", 1 / x.shape[1]),
    body: `
  let scale = rstd(row);
  var product = 0.0;
  ${columns(`product += dy(j)${weight ? " * weight(j)" : ""} * x(j) * scale;`)}
  product = total(product, lane) * P.share;
  ${columns(`${at("dx")} = scale * (dy(j)${weight ? " * weight(j)" : ""} - x(j) * scale * product);`)}`,
  });
  overColumns(launcher, {
    key: "rmsNormBackward columns",
    rows: { x, dy },
    vectors: { rstd },
    outputs: { dWeight },
    terms: ["dy(r) * (x(r) * rstd(r))"],
  });
}
