import type { FusedKernels, View } from "@saccade/core/backend";
import { contiguous, reviewed } from "../../views/nest.ts";
import { load } from "../../wgsl/operand.ts";
import { copy } from "../copy.ts";
import type { Launcher } from "../launch.ts";
import { move, withScratch } from "./scratch.ts";
import { type Pass, runSteps } from "./steps.ts";
import { part, placeOf, store } from "./text.ts";

/** A pass against the order in which the sequence was read: the product is of W^T `[H, G H]` and the gates' gradients. */
function runBackward(
  launcher: Launcher,
  weight: View,
  dy: View,
  reverse: boolean,
  pass: Pick<Pass, "key" | "lengths" | "reads" | "writes" | "scratch" | "uses" | "finish">,
): void {
  const [depth, H] = weight.shape;
  const [batch, length] = dy.shape;
  const bytes = (weight.dtype === "f16" ? 2 : 4) * depth * H;
  launcher.scratch(bytes, (buffer) => {
    const transposed = contiguous(buffer, weight.dtype, [H, depth]);
    copy(launcher, reviewed(weight, [H, depth], [1, H]), transposed);
    const order = {
      batch,
      length,
      units: H,
      sums: 1,
      depth,
      descending: !reverse,
      afterwards: true,
    } as const;
    runSteps(launcher, { ...pass, ...order, weight: transposed, strided: "dy" });
  });
}

/** Declares `dh`: what comes from the step that was read after this one. At padding, and behind the last, it is kept. */
const arriving = `
          let own = P.scratch_o + 2 * half + b * P.units + v;
          let dh = scratch[own] + select(0.0, sum, n > 0 && t - P.direction < length);
          let earlier = t + P.direction;
          let begins = earlier < 0 || earlier >= length;`;

/** What goes to the next product: the gradients of gates. */
function passOn(values: readonly string[]): string {
  const lines = values.map((value, g) => `scratch[next + b * P.depth + ${g} * P.units + v] = ${value};`);
  return lines.join("\n            ");
}

/** Nothing of this step: the state's gradient stays. */
function skipped(parts: number, stores: readonly string[]): string {
  return `scratch[own] = dh;
            ${passOn(new Array<string>(parts).fill("0.0"))}
            if (n < P.steps) {
            ${stores.join("\n            ")}
            }`;
}

export function lstmSequenceBackward(
  launcher: Launcher,
  inputs: Readonly<FusedKernels["lstmSequenceBackward"]["inputs"]>,
  [dGates, dh0, dc0]: Readonly<FusedKernels["lstmSequenceBackward"]["outputs"]>,
  { reverse }: FusedKernels["lstmSequenceBackward"]["attrs"],
): void {
  const [weight, c0, lengths, activated, cells, dy, dhLast, dcLast] = inputs;
  const [B, H] = c0.shape;
  const kept = (g: number): string => load("activated", activated.dtype, placeOf("activated", 4, g));
  const zeros = store("dGates", dGates.dtype, ["0.0", "0.0", "0.0", "0.0"]);
  withScratch(
    launcher,
    [
      [2, B, 4 * H],
      [B, H],
      [B, H],
    ],
    (scratch, [, dh, dc]) => {
      move(launcher, dhLast, dh);
      move(launcher, dcLast, dc);
      runBackward(launcher, weight, dy, reverse, {
        key: "lstmSequenceBackward",
        lengths,
        reads: { c0, activated, cells, dy },
        writes: { dGates },
        scratch,
        uses: ["tanh_"],
        finish: `${arriving}
          if (n < P.steps && t < length) {
            let i_ = ${kept(0)};
            let f_ = ${kept(1)};
            let g_ = ${kept(2)};
            let o_ = ${kept(3)};
            let squashed = tanh_(${load("cells", cells.dtype, placeOf("cells", 1, 0))});
            var cell = 0.0;
            if (begins) { cell = ${load("c0", c0.dtype, "P.c0_o + b * P.units + v")}; }
            else { cell = ${load("cells", cells.dtype, placeOf("cells", 1, 0, "earlier"))}; }
            let dOut = dh + ${part("dy", dy.dtype, 0)};
            let dCell = scratch[own + P.batch * P.units] + dOut * o_ * (1.0 - squashed * squashed);
            let di = dCell * g_ * i_ * (1.0 - i_);
            let df = dCell * cell * f_ * (1.0 - f_);
            let dg = dCell * i_ * (1.0 - g_ * g_);
            let do_ = dOut * squashed * o_ * (1.0 - o_);
            scratch[own] = 0.0;
            scratch[own + P.batch * P.units] = dCell * f_;
            ${passOn(["di", "df", "dg", "do_"])}
            ${store("dGates", dGates.dtype, ["di", "df", "dg", "do_"])}
          } else {
            ${skipped(4, [zeros])}
          }`,
      });
      move(launcher, dh, dh0);
      move(launcher, dc, dc0);
    },
  );
}

export function gruSequenceBackward(
  launcher: Launcher,
  inputs: Readonly<FusedKernels["gruSequenceBackward"]["inputs"]>,
  [dGates, dHidden, dh0]: Readonly<FusedKernels["gruSequenceBackward"]["outputs"]>,
  { reverse }: FusedKernels["gruSequenceBackward"]["attrs"],
): void {
  const [weight, h0, lengths, activated, y, dy, dhLast] = inputs;
  const [B, H] = h0.shape;
  const kept = (g: number): string => load("activated", activated.dtype, placeOf("activated", 4, g));
  const none = ["0.0", "0.0", "0.0"];
  const zeros = [store("dGates", dGates.dtype, none), store("dHidden", dHidden.dtype, none)];
  withScratch(
    launcher,
    [
      [2, B, 3 * H],
      [B, H],
    ],
    (scratch, [, dh]) => {
      move(launcher, dhLast, dh);
      runBackward(launcher, weight, dy, reverse, {
        key: "gruSequenceBackward",
        lengths,
        reads: { h0, activated, y, dy },
        writes: { dGates, dHidden },
        scratch,
        uses: [],
        finish: `${arriving}
          if (n < P.steps && t < length) {
            let r_ = ${kept(0)};
            let z_ = ${kept(1)};
            let n_ = ${kept(2)};
            let q_ = ${kept(3)};
            var hidden = 0.0;
            if (begins) { hidden = ${load("h0", h0.dtype, "P.h0_o + b * P.units + v")}; }
            else { hidden = ${load("y", y.dtype, placeOf("y", 1, 0, "earlier"))}; }
            let dOut = dh + ${part("dy", dy.dtype, 0)};
            let dn = dOut * (1.0 - z_) * (1.0 - n_ * n_);
            let dr = dn * q_ * r_ * (1.0 - r_);
            let dz = dOut * (hidden - n_) * z_ * (1.0 - z_);
            let dq = dn * r_;
            scratch[own] = dOut * z_;
            ${passOn(["dr", "dz", "dq"])}
            ${store("dGates", dGates.dtype, ["dr", "dz", "dn"])}
            ${store("dHidden", dHidden.dtype, ["dr", "dz", "dq"])}
          } else {
            ${skipped(3, zeros)}
          }`,
      });
      move(launcher, dh, dh0);
    },
  );
}

export function rnnSequenceBackward(
  launcher: Launcher,
  [weight, lengths, y, dy, dhLast]: Readonly<FusedKernels["rnnSequenceBackward"]["inputs"]>,
  [dGates, dh0]: Readonly<FusedKernels["rnnSequenceBackward"]["outputs"]>,
  { reverse, nonlinearity }: FusedKernels["rnnSequenceBackward"]["attrs"],
): void {
  const [B, H] = dh0.shape;
  const slopes = { tanh: "1.0 - out * out", relu: "reluSlope(out)" } as const;
  withScratch(
    launcher,
    [
      [2, B, H],
      [B, H],
    ],
    (scratch, [, dh]) => {
      move(launcher, dhLast, dh);
      runBackward(launcher, weight, dy, reverse, {
        key: `rnnSequenceBackward ${nonlinearity}`,
        lengths,
        reads: { y, dy },
        writes: { dGates },
        scratch,
        uses: nonlinearity === "relu" ? ["reluSlope"] : [],
        finish: `${arriving}
          if (n < P.steps && t < length) {
            let out = ${load("y", y.dtype, placeOf("y", 1, 0))};
            let d = (dh + ${part("dy", dy.dtype, 0)}) * (${slopes[nonlinearity]});
            scratch[own] = 0.0;
            ${passOn(["d"])}
            ${store("dGates", dGates.dtype, ["d"])}
          } else {
            ${skipped(1, [store("dGates", dGates.dtype, ["0.0"])])}
          }`,
      });
      move(launcher, dh, dh0);
    },
  );
}
