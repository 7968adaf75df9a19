import type { FusedKernel, View } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { OWN_WORD } from "../../views/operands.ts";
import { pointer } from "../../views/pointer.ts";
import { canStage, isDense, optionalPointer, writeRowOutputs, writeRows } from "../../views/rows.ts";

interface Attrs {
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;
}

const fits = (logits: View, weight: View | null) =>
  logits.shape[1] > 0 && canStage(logits) && isDense(weight);

function writeTargets(
  i32: Int32Array,
  f64: Float64Array,
  target: View,
  weight: View | null,
  attrs: Attrs,
): void {
  i32[OWN_WORD] = pointer(target);
  i32[OWN_WORD + 1] = optionalPointer(weight);
  i32[OWN_WORD + 2] = target.strides[0];
  i32[OWN_WORD + 3] = attrs.ignoreIndex;
  f64[OWN_WORD / 2 + 2] = attrs.labelSmoothing;
}

/** `crossEntropy`: loss and log-sum-exp of each row. */
export function crossEntropyKernel({ memory, wasm }: Runtime): FusedKernel<"crossEntropy"> {
  return {
    supports: ([logits, , weight]) => fits(logits, weight),
    run([logits, target, weight], [loss, lse], attrs) {
      const { args } = memory;
      writeRows(args, logits);
      writeRowOutputs(args, loss, lse);
      writeTargets(args.i32, args.f64, target, weight, attrs);
      wasm.crossEntropy();
    },
  };
}

/** `crossEntropyBackward`. */
export function crossEntropyBackwardKernel({ memory, wasm }: Runtime): FusedKernel<"crossEntropyBackward"> {
  return {
    supports: ([logits, , weight]) => fits(logits, weight),
    run([logits, target, weight, lse, dLoss], [dLogits], attrs) {
      const { args } = memory;
      writeRows(args, logits);
      writeRowOutputs(args, dLogits);
      writeTargets(args.i32, args.f64, target, weight, attrs);
      args.i32[OWN_WORD + 8] = pointer(lse);
      args.i32[OWN_WORD + 9] = pointer(dLoss);
      args.i32[OWN_WORD + 10] = lse.strides[0];
      args.i32[OWN_WORD + 11] = dLoss.strides[0];
      wasm.crossEntropyBackward();
    },
  };
}
