import type { FusedKernel, RecurrentKernels, View } from "@saccade/core/backend";
import type { Runtime } from "../runtime.ts";
import { pointer } from "../views/pointer.ts";
import { optionalPointer } from "../views/rows.ts";

/** More do not fit a thread's scratch. */
const MAX_UNITS = 2048;

/** What assembly/recurrent/arguments.ts reads, by name. */
interface Call {
  /** Gates, or dy. */
  readonly steps: View;
  readonly weight: View;
  readonly lengths: View | null;
  readonly bias?: View | null;
  readonly h0?: View;
  readonly c0?: View;
  readonly y?: View;
  readonly activated?: View;
  readonly cells?: View;
  /** Outputs: what is carried from step to step. */
  readonly state: View;
  readonly cell?: View;
  readonly dhLast?: View;
  readonly dcLast?: View;
  readonly dGates?: View;
  readonly dHidden?: View;
  readonly reverse: boolean;
  readonly relu?: boolean;
}

/** False where there is nothing to do. */
function write({ memory }: Runtime, call: Call): boolean {
  const { steps, weight } = call;
  const [batch, length] = steps.shape;
  const units = weight.shape[1];
  const at = (view: View | null | undefined): number => optionalPointer(view ?? null);
  const words = [
    ...[batch, length, units, Number(call.reverse), Number(call.relu ?? false)],
    ...[pointer(steps), ...steps.strides],
    ...[call.weight, call.lengths, call.bias, call.h0, call.c0, call.y, call.activated, call.cells].map(at),
    ...[call.state, call.cell, call.dhLast, call.dcLast, call.dGates, call.dHidden].map(at),
  ];
  memory.args.i32.set(words);
  return batch * units > 0;
}

/** f32 (and lengths), and a weight that fits, or that a BLAS multiplies with. */
function supports({ wasm }: Runtime, weight: View, others: readonly (View | null)[]): boolean {
  const served = (view: View | null): boolean =>
    view === null || view.dtype === "f32" || view.dtype === "i32";
  const [rows, units] = weight.shape;
  if (units > MAX_UNITS || !others.every(served)) return false;
  return units === 0 || Boolean(wasm.sequencesPay(rows / units, units));
}

/** RNN, LSTM and GRU over whole sequences: see assembly/recurrent/steps.ts. */
export function recurrentKernels(runtime: Runtime): {
  readonly [N in keyof RecurrentKernels]: FusedKernel<N>;
} {
  const { wasm } = runtime;
  return {
    lstmSequence: {
      supports: (inputs) => supports(runtime, inputs[1], inputs),
      run([steps, weight, h0, c0, lengths], [y, state, cell, activated, cells], { reverse }) {
        const call = { steps, weight, h0, c0, lengths, y, state, cell, activated, cells, reverse };
        if (write(runtime, call)) wasm.lstmSequence();
      },
    },
    lstmSequenceBackward: {
      supports: (inputs) => supports(runtime, inputs[0], inputs),
      run(
        [weight, c0, lengths, activated, cells, steps, dhLast, dcLast],
        [dGates, state, cell],
        { reverse },
      ) {
        const kept = { c0, activated, cells };
        const call = { steps, weight, lengths, ...kept, dhLast, dcLast, dGates, state, cell, reverse };
        if (write(runtime, call)) wasm.lstmSequenceBackward();
      },
    },
    gruSequence: {
      supports: (inputs) => supports(runtime, inputs[1], inputs),
      run([steps, weight, bias, h0, lengths], [y, state, activated], { reverse }) {
        const call = { steps, weight, bias, h0, lengths, y, state, activated, reverse };
        if (write(runtime, call)) wasm.gruSequence();
      },
    },
    gruSequenceBackward: {
      supports: (inputs) => supports(runtime, inputs[0], inputs),
      run([weight, h0, lengths, activated, y, steps, dhLast], [dGates, dHidden, state], { reverse }) {
        const call = { steps, weight, h0, lengths, activated, y, dhLast, dGates, dHidden, state, reverse };
        if (write(runtime, call)) wasm.gruSequenceBackward();
      },
    },
    rnnSequence: {
      supports: (inputs) => supports(runtime, inputs[1], inputs),
      run([steps, weight, h0, lengths], [y, state], { reverse, nonlinearity }) {
        const call = { steps, weight, h0, lengths, y, state, reverse, relu: nonlinearity === "relu" };
        if (write(runtime, call)) wasm.rnnSequence();
      },
    },
    rnnSequenceBackward: {
      supports: (inputs) => supports(runtime, inputs[0], inputs),
      run([weight, lengths, y, steps, dhLast], [dGates, state], { reverse, nonlinearity }) {
        const call = {
          ...{ steps, weight, lengths, y, dhLast, dGates, state, reverse },
          relu: nonlinearity === "relu",
        };
        if (write(runtime, call)) wasm.rnnSequenceBackward();
      },
    },
  };
}
