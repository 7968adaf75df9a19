import type { Backend, FusedKernelName, RecurrentKernels, View } from "@saccade/core/backend";
import type { Launcher } from "../launch.ts";
import { gruSequenceBackward, lstmSequenceBackward, rnnSequenceBackward } from "./backward.ts";
import { gruSequence, lstmSequence, rnnSequence } from "./forward.ts";

type Name = keyof RecurrentKernels & FusedKernelName;

/** Storage buffers that each kernel binds, lengths and bias among them. */
const bound: { readonly [N in Name]: number } = {
  lstmSequence: 7,
  lstmSequenceBackward: 8,
  gruSequence: 7,
  gruSequenceBackward: 9,
  rnnSequence: 5,
  rnnSequenceBackward: 6,
};

/** RNN, LSTM and GRU over whole sequences. */
export function recurrentKernels(launcher: Launcher): Required<Pick<Backend["fused"], Name>> {
  const supports =
    (name: Name) =>
    (inputs: readonly (View | null)[]): boolean => {
      const absent = inputs.filter((view) => view === null).length;
      return bound[name] - absent <= launcher.limits.maxStorageBuffersPerShaderStage;
    };
  return {
    lstmSequence: {
      supports: supports("lstmSequence"),
      run: (inputs, outputs, attrs) => lstmSequence(launcher, inputs, outputs, attrs),
    },
    lstmSequenceBackward: {
      supports: supports("lstmSequenceBackward"),
      run: (inputs, outputs, attrs) => lstmSequenceBackward(launcher, inputs, outputs, attrs),
    },
    gruSequence: {
      supports: supports("gruSequence"),
      run: (inputs, outputs, attrs) => gruSequence(launcher, inputs, outputs, attrs),
    },
    gruSequenceBackward: {
      supports: supports("gruSequenceBackward"),
      run: (inputs, outputs, attrs) => gruSequenceBackward(launcher, inputs, outputs, attrs),
    },
    rnnSequence: {
      supports: supports("rnnSequence"),
      run: (inputs, outputs, attrs) => rnnSequence(launcher, inputs, outputs, attrs),
    },
    rnnSequenceBackward: {
      supports: supports("rnnSequenceBackward"),
      run: (inputs, outputs, attrs) => rnnSequenceBackward(launcher, inputs, outputs, attrs),
    },
  };
}
