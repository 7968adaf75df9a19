import { type FusedKernel, keepRule } from "@saccade/core/backend";
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

/** `dropout`: see assembly/elementwise/dropout.ts. */
export function dropoutKernel({ memory, wasm }: Runtime): FusedKernel<"dropout"> {
  return {
    run([x], [y], { p, key, rows }) {
      const { args } = memory;
      writeOutput(args, 0, y);
      writeInputs(args, x);
      args.i32[OWN_WORD] = key[0];
      args.i32[OWN_WORD + 1] = key[1];
      const { least, factor } = keepRule(p);
      const count = x.shape.at(-2) ?? 1;
      args.i32[OWN_WORD + 2] = least - 0x8001;
      args.f32[OWN_WORD + 3] = factor;
      args.i32[OWN_WORD + 4] = x.shape.at(-1) ?? 1;
      args.i32[OWN_WORD + 5] = count;
      args.i32[OWN_WORD + 6] = rows?.of ?? count;
      args.i32[OWN_WORD + 7] = rows?.first ?? 0;
      wasm.dropout();
    },
  };
}
