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
      const { each, held, kept, element } = text;
      const term = `${weight ? "weight * " : ""}(shift - logits)`;
      return `
  ${held ? heldPeak(text, "logits", false) : runningPeak(text, "logits")}
  let shift = select(log_(sum) + base, base, broken);
  ${smooth ? `var smooth_ = vec4<f32>(); ${each(`smooth_ += ${kept(term)};`)} let smoothed = total(sumOf(smooth_), own, first);` : ""}
  if (present && own == 0u) {
    let t = label(row);
    var value = 0.0;
    if (t != P.ignore) {
      if (t >= 0 && t < i32(P.width)) {
        value = (1.0 - P.smoothing) * ${weight ? `${element("weight", "t")} * ` : ""}(shift - ${element("logits", "t")})${smooth ? " + P.smoothing / f32(P.width) * smoothed" : ""};
      } else { value = nan(); }
    }
    loss(row) = value;
    lse(row) = shift;
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
    uses: ["expNear", "isNan4", "sumOf"],
    body: ({ each, kept, element, put }) => {
      const weighted = weight !== null && smooth;
      return `
  var all = vec4<f32>();
  ${weighted ? each(`all += ${kept("weight")};`) : ""}
  let weights = ${weighted ? "total(sumOf(all), own, first)" : "f32(P.width)"};
  let t = label(row);
  let known = t >= 0 && t < i32(P.width);
  let own_ = ${weight ? element("weight", "clamp(t, 0, i32(P.width) - 1)") : "1.0"};
  let share = P.smoothing / f32(P.width);
  let shift = lse(row);
  let factor = up(row);
  ${each(`
    let z = logits - shift;
    let p = select(expNear(z), z, isNan4(z));
    let hit = select(vec4<f32>(), vec4<f32>(1.0), vec4<i32>(places) == vec4<i32>(t));
    var slope = (1.0 - P.smoothing) * own_ * (p - hit);
    ${smooth ? `slope += share * (weights * p - ${weight ? "weight" : "1.0"});` : ""}
    let value = select(select(vec4<f32>(nan()), slope * factor, known), vec4<f32>(), t == P.ignore);
    ${put("dLogits", "value")}`)}`;
    },
  });
}
