import type { FusedKernel } from "@saccade/core/backend";
import type { Runtime } from "../../runtime.ts";
import { OWN_WORD, writeInputs, writeOutput } from "../../views/operands.ts";
import { activationCode } from "./op-codes.ts";

/** `unaryBackward`: `dx = dy f'(x)`. */
export function unaryBackwardKernel({ memory, wasm }: Runtime): FusedKernel<"unaryBackward"> {
  return {
    run([x, dy], [dx], { op }) {
      writeOutput(memory.args, 0, dx);
      writeInputs(memory.args, x, dy);
      wasm.unaryBackward(activationCode[op]);
    },
  };
}

/** `glu`: `y = act(gate) up`. */
export function gluKernel({ memory, wasm }: Runtime): FusedKernel<"glu"> {
  return {
    run([gate, up], [y], { activation }) {
      writeOutput(memory.args, 0, y);
      writeInputs(memory.args, gate, up);
      wasm.glu(activationCode[activation]);
    },
  };
}

/** `gluBackward`. */
export function gluBackwardKernel({ memory, wasm }: Runtime): FusedKernel<"gluBackward"> {
  return {
    run([gate, up, dy], [dGate, dUp], { activation }) {
      writeOutput(memory.args, 0, dGate);
      writeOutput(memory.args, 1, dUp);
      writeInputs(memory.args, gate, up, dy);
      wasm.gluBackward(activationCode[activation]);
    },
  };
}

/** `dropout`: compares the upper 24 bits of the element's random word with p, as single precision has it. */
export function dropoutKernel({ memory, wasm }: Runtime): FusedKernel<"dropout"> {
  return {
    run([x], [y], { p, key }) {
      const { args } = memory;
      writeOutput(args, 0, y);
      writeInputs(args, x);
      args.i32[OWN_WORD] = key[0];
      args.i32[OWN_WORD + 1] = key[1];
      args.i32[OWN_WORD + 2] = Math.ceil(Math.fround(p) * 2 ** 24);
      args.f32[OWN_WORD + 3] = 1 / (1 - p);
      wasm.dropout();
    },
  };
}
