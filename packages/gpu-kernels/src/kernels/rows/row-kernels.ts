/**
 * Kernels over the rows of a matrix: softmax, norms, cross-entropy.
 *
 * One idea: a row is shared by some lanes of a workgroup, which hold it in registers, four elements at a time: it is
 * read once and written once. What the lanes find is joined in shared memory.
 */
import type { FusedKernels, KernelFunction, View } from "@saccade/core/backend";
import { reviewed, splitAxes } from "../../views/nest.ts";
import type { Launcher } from "../launch.ts";
import { type Columns, reduceColumns } from "../reduce/columns.ts";
import { crossEntropy, crossEntropyBackward } from "./cross-entropy.ts";
import { overRows } from "./over-rows.ts";
import { heldPeak, peakUses, runningPeak } from "./peak.ts";
import type { RowText } from "./row-text.ts";

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
        uses: [...peakUses, "log_"],
        body: (text) => `
  ${text.held ? heldPeak(text, "x", !log) : runningPeak(text, "x")}
  ${log ? logOf(text) : shareOf(text)}`,
      }),
    softmaxBackward: ([y, dy], [dx], { log }) =>
      overRows(launcher, {
        key: `softmaxBackward ${log}`,
        rows: { y, dy },
        outputs: { dx },
        uses: ["expNear"],
        body: ({ each, kept, put }) => `
  var sums = vec4<f32>();
  ${each(`sums += ${kept(log ? "dy" : "dy * y")};`)}
  let sum = total(sumOf(sums), own, first);
  ${each(put("dx", log ? "dy - expNear(y) * sum" : "y * (dy - sum)"))}`,
      }),
    layerNorm: ([x, weight, bias], [y, mean, rstd], { eps }) =>
      overRows(launcher, {
        key: `layerNorm ${weight !== null} ${bias !== null}`,
        rows: { x },
        columns: { ...(weight && { weight }), ...(bias && { bias }) },
        outputs: { y },
        results: { mean, rstd },
        uniforms: (u) => u.f32("eps", eps).f32("share", 1 / x.shape[x.shape.length - 1]),
        body: ({ each, kept, put, result }) => `
  var sums = vec4<f32>();
  ${each(`sums += ${kept("x")};`)}
  let center = total(sumOf(sums), own, first) * P.share;
  sums = vec4<f32>();
  ${each(`let d = ${kept("x - center")}; sums += d * d;`)}
  let scale = 1.0 / sqrt(total(sumOf(sums), own, first) * P.share + P.eps);
  if (present && own == 0u) { ${result("mean", "center")} ${result("rstd", "scale")} }
  ${each(put("y", `(x - center) * scale${weight ? " * weight" : ""}${bias ? " + bias" : ""}`))}`,
      }),
    layerNormBackward: (inputs, outputs) => layerNormBackward(launcher, inputs, outputs),
    rmsNorm: ([x, weight], [y, rstd], { eps }) =>
      overRows(launcher, {
        key: `rmsNorm ${weight !== null}`,
        rows: { x },
        columns: weight ? { weight } : {},
        outputs: { y },
        results: { rstd },
        uniforms: (u) => u.f32("eps", eps).f32("share", 1 / x.shape[x.shape.length - 1]),
        body: ({ each, kept, put, result }) => `
  var sums = vec4<f32>();
  ${each(`sums += ${kept("x * x")};`)}
  let scale = 1.0 / sqrt(total(sumOf(sums), own, first) * P.share + P.eps);
  if (present && own == 0u) { ${result("rstd", "scale")} }
  ${each(put("y", `x * scale${weight ? " * weight" : ""}`))}`,
      }),
    rmsNormBackward: (inputs, outputs) => rmsNormBackward(launcher, inputs, outputs),
    crossEntropy: (inputs, outputs, attrs) => crossEntropy(launcher, inputs, outputs, attrs),
    crossEntropyBackward: (inputs, outputs, attrs) => crossEntropyBackward(launcher, inputs, outputs, attrs),
  };
}

/** dx by rows; dWeight and dBias by columns: each segment of rows is summed by itself, then the segments. */
function layerNormBackward(
  launcher: Launcher,
  [x, weight, mean, rstd, dy]: Readonly<FusedKernels["layerNormBackward"]["inputs"]>,
  [dx, dWeight, dBias]: Readonly<FusedKernels["layerNormBackward"]["outputs"]>,
): void {
  const times = weight ? " * weight" : "";
  overRows(launcher, {
    key: `layerNormBackward ${weight !== null}`,
    rows: { x, dy },
    columns: weight ? { weight } : {},
    vectors: { mean, rstd },
    outputs: { dx },
    uniforms: (u) => u.f32("share", 1 / x.shape[1]),
    body: ({ each, kept, put, of }) => `
  let center = ${of("mean")};
  let scale = ${of("rstd")};
  var sums = vec4<f32>();
  var products = vec4<f32>();
  ${each(`let g = ${kept(`dy${times}`)}; sums += g; products += g * (${kept("x")} - center) * scale;`)}
  let sum = total(sumOf(sums), own, first) * P.share;
  let product = total(sumOf(products), own, first) * P.share;
  ${each(put("dx", `scale * (dy${times} - sum - (x - center) * scale * product)`))}`,
  });
  const operands = { x: byRows(x), dy: byRows(dy), mean: byRows(mean, x), rstd: byRows(rstd, x) };
  reduceColumns(launcher, {
    key: "layerNormBackward",
    operands,
    outputs: [dWeight, dBias],
    terms: ["dy * ((x - mean) * rstd)", "dy"],
    op: "sum",
  });
}

function rmsNormBackward(
  launcher: Launcher,
  [x, weight, rstd, dy]: Readonly<FusedKernels["rmsNormBackward"]["inputs"]>,
  [dx, dWeight]: Readonly<FusedKernels["rmsNormBackward"]["outputs"]>,
): void {
  const times = weight ? " * weight" : "";
  overRows(launcher, {
    key: `rmsNormBackward ${weight !== null}`,
    rows: { x, dy },
    columns: weight ? { weight } : {},
    vectors: { rstd },
    outputs: { dx },
    uniforms: (u) => u.f32("share", 1 / x.shape[1]),
    body: ({ each, kept, put, of }) => `
  let scale = ${of("rstd")};
  var products = vec4<f32>();
  ${each(`products += ${kept(`dy${times} * x * scale`)};`)}
  let product = total(sumOf(products), own, first) * P.share;
  ${each(put("dx", `scale * (dy${times} - x * scale * product)`))}`,
  });
  reduceColumns(launcher, {
    key: "rmsNormBackward",
    operands: { x: byRows(x), dy: byRows(dy), rstd: byRows(rstd, x) },
    outputs: [dWeight],
    terms: ["dy * (x * rstd)"],
    op: "sum",
  });
}

/** A matrix, or a vector with an element per row of `like`, for sums over rows. */
function byRows(x: View, like = x): Columns {
  const strides = x === like ? x.strides : [x.strides[0], 0];
  return splitAxes(reviewed(x, like.shape, strides), [0]);
}

/** x - most - log(sum); all NaN where there is one. */
function logOf({ each, put }: RowText): string {
  return `let shift = select(log_(sum), nan(), broken);
  ${each(put("y", "(x - base) - shift"))}`;
}

/** e^(x - most) / sum; zeros where all is masked, NaN where there is one. */
function shareOf({ each, held, put }: RowText): string {
  return `let factor = select(select(1.0 / sum, 0.0, sum == 0.0), nan(), broken);
  ${each(put("y", held ? "x * factor" : "expNear(x - base) * factor"))}`;
}
