import type { FusedKernel } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { OWN_WORD } from "../../views/operands.ts";
import { sizeOf } from "../../views/pointer.ts";
import { canStage, writeRowOutputs, writeRows } from "../../views/rows.ts";

/** `softmax` and log-softmax along the last dimension. */
export function softmaxKernel({ memory, wasm }: Runtime): FusedKernel<"softmax"> {
  return {
    supports: ([x]) => canStage(x),
    run([x], [y], { log }) {
      if (sizeOf(y) === 0) return;
      writeRows(memory.args, x);
      writeRowOutputs(memory.args, y);
      memory.args.i32[OWN_WORD] = log ? 1 : 0;
      wasm.softmax();
    },
  };
}

/** `softmaxBackward`: from y and dy. */
export function softmaxBackwardKernel({ memory, wasm }: Runtime): FusedKernel<"softmaxBackward"> {
  return {
    supports: ([y, dy]) => canStage(y, dy),
    run([y, dy], [dx], { log }) {
      if (sizeOf(dx) === 0) return;
      writeRows(memory.args, y, dy);
      writeRowOutputs(memory.args, dx);
      memory.args.i32[OWN_WORD] = log ? 1 : 0;
      wasm.softmaxBackward();
    },
  };
}
