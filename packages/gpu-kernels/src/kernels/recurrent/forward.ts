import type { FusedKernels, View } from "@saccade/core/backend";
import { load } from "../../wgsl/operand.ts";
import type { Launcher } from "../launch.ts";
import { halfOf, move, withScratch } from "./scratch.ts";
import { type Pass, runSteps } from "./steps.ts";
import { part, store } from "./text.ts";

/** What the three have in common. */
function common(
  gates: View,
  weight: View,
  lengths: View | null,
  reverse: boolean,
): Pick<Pass, "batch" | "length" | "units" | "descending" | "depth" | "afterwards" | "weight" | "lengths"> {
  const [batch, length] = gates.shape;
  const H = weight.shape[1];
  return { batch, length, units: H, descending: reverse, depth: H, afterwards: false, weight, lengths };
}

/** The state goes on as it was; what is written is zeros. */
const padded = "scratch[next + b * P.units + v] = scratch[before + b * P.units + v];";

export function lstmSequence(
  launcher: Launcher,
  [gates, weight, h0, c0, lengths]: Readonly<FusedKernels["lstmSequence"]["inputs"]>,
  [y, hLast, cLast, activated, cells]: Readonly<FusedKernels["lstmSequence"]["outputs"]>,
  { reverse }: FusedKernels["lstmSequence"]["attrs"],
): void {
  const [B, H] = h0.shape;
  withScratch(
    launcher,
    [
      [2, B, H],
      [B, H],
    ],
    (scratch, [states, cell]) => {
      move(launcher, h0, halfOf(states, 0));
      move(launcher, c0, cell);
      runSteps(launcher, {
        ...common(gates, weight, lengths, reverse),
        key: "lstmSequence",
        sums: 4,
        reads: { gates },
        strided: "gates",
        writes: { y, activated, cells },
        scratch,
        uses: ["sigmoid_", "tanh_"],
        finish: `
          let own = P.scratch_o + 2 * half + b * P.units + v;
          if (t < length) {
            let i_ = sigmoid_(${part("gates", gates.dtype, 0)} + sum.x);
            let f_ = sigmoid_(${part("gates", gates.dtype, 1)} + sum.y);
            let g_ = tanh_(${part("gates", gates.dtype, 2)} + sum.z);
            let o_ = sigmoid_(${part("gates", gates.dtype, 3)} + sum.w);
            let c = f_ * scratch[own] + i_ * g_;
            let h = o_ * tanh_(c);
            scratch[own] = c;
            scratch[next + b * P.units + v] = h;
            ${store("activated", activated.dtype, ["i_", "f_", "g_", "o_"])}
            ${store("cells", cells.dtype, ["c"])}
            ${store("y", y.dtype, ["h"])}
          } else {
            ${padded}
            ${store("activated", activated.dtype, ["0.0", "0.0", "0.0", "0.0"])}
            ${store("cells", cells.dtype, ["0.0"])}
            ${store("y", y.dtype, ["0.0"])}
          }`,
      });
      move(launcher, halfOf(states, gates.shape[1] % 2), hLast);
      move(launcher, cell, cLast);
    },
  );
}

export function gruSequence(
  launcher: Launcher,
  [gates, weight, bias, h0, lengths]: Readonly<FusedKernels["gruSequence"]["inputs"]>,
  [y, hLast, activated]: Readonly<FusedKernels["gruSequence"]["outputs"]>,
  { reverse }: FusedKernels["gruSequence"]["attrs"],
): void {
  const [B, H] = h0.shape;
  withScratch(launcher, [[2, B, H]], (scratch, [states]) => {
    move(launcher, h0, halfOf(states, 0));
    runSteps(launcher, {
      ...common(gates, weight, lengths, reverse),
      key: `gruSequence ${bias !== null}`,
      sums: 3,
      reads: { gates, bias },
      strided: "gates",
      writes: { y, activated },
      scratch,
      uses: ["sigmoid_", "tanh_"],
      finish: `
          if (t < length) {
            let r_ = sigmoid_(${part("gates", gates.dtype, 0)} + sum.x);
            let z_ = sigmoid_(${part("gates", gates.dtype, 1)} + sum.y);
            let q_ = sum.z${bias ? ` + ${load("bias", bias.dtype, "P.bias_o + v")}` : ""};
            let n_ = tanh_(${part("gates", gates.dtype, 2)} + r_ * q_);
            let h = (1.0 - z_) * n_ + z_ * scratch[before + b * P.units + v];
            scratch[next + b * P.units + v] = h;
            ${store("activated", activated.dtype, ["r_", "z_", "n_", "q_"])}
            ${store("y", y.dtype, ["h"])}
          } else {
            ${padded}
            ${store("activated", activated.dtype, ["0.0", "0.0", "0.0", "0.0"])}
            ${store("y", y.dtype, ["0.0"])}
          }`,
    });
    move(launcher, halfOf(states, gates.shape[1] % 2), hLast);
  });
}

export function rnnSequence(
  launcher: Launcher,
  [gates, weight, h0, lengths]: Readonly<FusedKernels["rnnSequence"]["inputs"]>,
  [y, hLast]: Readonly<FusedKernels["rnnSequence"]["outputs"]>,
  { reverse, nonlinearity }: FusedKernels["rnnSequence"]["attrs"],
): void {
  const [B, H] = h0.shape;
  withScratch(launcher, [[2, B, H]], (scratch, [states]) => {
    move(launcher, h0, halfOf(states, 0));
    runSteps(launcher, {
      ...common(gates, weight, lengths, reverse),
      key: `rnnSequence ${nonlinearity}`,
      sums: 1,
      reads: { gates },
      strided: "gates",
      writes: { y },
      scratch,
      uses: [`${nonlinearity}_`],
      finish: `
          if (t < length) {
            let h = ${nonlinearity}_(${part("gates", gates.dtype, 0)} + sum);
            scratch[next + b * P.units + v] = h;
            ${store("y", y.dtype, ["h"])}
          } else {
            ${padded}
            ${store("y", y.dtype, ["0.0"])}
          }`,
    });
    move(launcher, halfOf(states, gates.shape[1] % 2), hLast);
  });
}
