import type { FusedKernels } from "@saccade/core/backend";
import type { Launcher } from "../launch.ts";
import { overRows } from "./over-rows.ts";
import { heldPeak, peakUses, runningPeak } from "./peak.ts";

type Forward = FusedKernels["crossEntropy"];
type Backward = FusedKernels["crossEntropyBackward"];

export function crossEntropy(
  launcher: Launcher,
  [logits, target, weight]: Readonly<Forward["inputs"]>,
  [loss, lse]: Readonly<Forward["outputs"]>,
  { ignoreIndex, labelSmoothing }: Forward["attrs"],
): void {
  const smooth = labelSmoothing > 0;
  overRows(launcher, {
    key: `crossEntropy ${weight !== null} ${smooth}`,
    rows: { logits },
    columns: weight ? { weight } : {},
    vectors: { label: target },
    outputs: {},
    results: { loss, lse },
    uniforms: (u) => u.i32("ignore", ignoreIndex).f32("smoothing", labelSmoothing),
    uses: [...peakUses, "log_"],
    body: (text) => {
      const { each, held, kept, element, of, result } = text;
      const term = `${weight ? "weight * " : ""}(shift - logits)`;
      return `
  ${held ? heldPeak(text, "logits", false) : runningPeak(text, "logits")}
  let shift = select(log_(sum) + base, base, broken);
  ${smooth ? `var smooth_ = vec4<f32>(); ${each(`smooth_ += ${kept(term)};`)} let smoothed = total(sumOf(smooth_), own, first);` : ""}
  if (present && own == 0u) {
    let t = ${of("label")};
    var value = 0.0;
    if (t != P.ignore) {
      if (t >= 0 && t < i32(P.width)) {
        value = (1.0 - P.smoothing) * ${weight ? `${element("weight", "t")} * ` : ""}(shift - ${element("logits", "t")})${smooth ? " + P.smoothing / f32(P.width) * smoothed" : ""};
      } else { value = nan(); }
    }
    ${result("loss", "value")}
    ${result("lse", "shift")}
  }`;
    },
  });
}

export function crossEntropyBackward(
  launcher: Launcher,
  [logits, target, weight, lse, dLoss]: Readonly<Backward["inputs"]>,
  [dLogits]: Readonly<Backward["outputs"]>,
  { ignoreIndex, labelSmoothing }: Backward["attrs"],
): void {
  const smooth = labelSmoothing > 0;
  overRows(launcher, {
    key: `crossEntropyBackward ${weight !== null} ${smooth}`,
    rows: { logits },
    columns: weight ? { weight } : {},
    vectors: { label: target, lse, up: dLoss },
    outputs: { dLogits },
    uniforms: (u) => u.i32("ignore", ignoreIndex).f32("smoothing", labelSmoothing),
    once: !(weight && smooth),
    uses: ["expNear", "isNan", "isInf", "isNan4", "sumOf"],
    body: ({ each, kept, element, of, put }) => `
  ${weight && smooth ? `var all = vec4<f32>(); ${each(`all += ${kept("weight")};`)}` : ""}
  let weights = ${weight && smooth ? "total(sumOf(all), own, first)" : "f32(P.width)"};
  let t = ${of("label")};
  let ignored = t == P.ignore;
  let share = P.smoothing / f32(P.width);
  let shift = ${of("lse")};
  let broken = isNan(shift) || isInf(shift);
  let up_ = select(nan(), ${of("up")}, t >= 0 && t < i32(P.width));
  let factor = (1.0 - P.smoothing) * ${weight ? element("weight", "clamp(t, 0, i32(P.width) - 1)") : "1.0"} * up_;
  ${each(`
    let z = logits - shift;
    var p = expNear(z);
    if (broken) { p = select(p, z, isNan4(z)); }
    let hit = select(vec4<f32>(), vec4<f32>(1.0), vec4<i32>(places) == vec4<i32>(t));
    var slope = factor * (p - hit);
    ${smooth ? `slope += share * up_ * (weights * p - ${weight ? "weight" : "1.0"});` : ""}
    ${put("dLogits", "select(slope, vec4<f32>(), ignored)")}`)}`,
  });
}
