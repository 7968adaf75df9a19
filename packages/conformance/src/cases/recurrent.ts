import { relu } from "@saccade/core";
import { type KernelCase, kernelCase } from "./case.ts";
import {
  behind,
  leftBehind,
  lengthsOf,
  type SequenceCall,
  sequenceCalls,
  stateOf,
  stepsOf,
  weightOf,
} from "./recurrent-calls.ts";
import { out } from "./specs.ts";

const { sigmoid, tanh, itself } = behind;

function named({ name, B, T, H }: SequenceCall): string {
  return `B ${B}, T ${T}, H ${H} ${name}`;
}

function lstm(call: SequenceCall): KernelCase<"lstmSequence"> {
  const { B, T, H, reverse = false } = call;
  const state = out("f32", [B, H]);
  return kernelCase(
    "lstmSequence",
    named(call),
    [stepsOf(call, 4 * H), weightOf(call, 4), stateOf(call), stateOf(call), lengthsOf(call)],
    [out("f32", [B, T, H]), state, state, out("f32", [B, T, 4 * H]), out("f32", [B, T, H])],
    { reverse },
  );
}

function lstmBackward(call: SequenceCall): KernelCase<"lstmSequenceBackward"> {
  const { B, T, H, reverse = false } = call;
  const state = out("f32", [B, H]);
  return kernelCase(
    "lstmSequenceBackward",
    named(call),
    [
      weightOf(call, 4),
      stateOf(call),
      lengthsOf(call),
      leftBehind(call, [sigmoid, sigmoid, tanh, sigmoid]),
      leftBehind(call, [itself]),
      stepsOf(call, H),
      stateOf(call),
      stateOf(call),
    ],
    [out("f32", [B, T, 4 * H]), state, state],
    { reverse },
  );
}

function gru(call: SequenceCall, n: number): KernelCase<"gruSequence"> {
  const { B, T, H, reverse = false } = call;
  const bias = n % 2 === 0 ? { ...stateOf(call), shape: [H] } : null;
  return kernelCase(
    "gruSequence",
    named(call),
    [stepsOf(call, 3 * H), weightOf(call, 3), bias, stateOf(call), lengthsOf(call)],
    [out("f32", [B, T, H]), out("f32", [B, H]), out("f32", [B, T, 4 * H])],
    { reverse },
  );
}

function gruBackward(call: SequenceCall): KernelCase<"gruSequenceBackward"> {
  const { B, T, H, reverse = false } = call;
  return kernelCase(
    "gruSequenceBackward",
    named(call),
    [
      weightOf(call, 3),
      stateOf(call),
      lengthsOf(call),
      leftBehind(call, [sigmoid, sigmoid, tanh, itself]),
      leftBehind(call, [tanh]),
      stepsOf(call, H),
      stateOf(call),
    ],
    [out("f32", [B, T, 3 * H]), out("f32", [B, T, 3 * H]), out("f32", [B, H])],
    { reverse },
  );
}

/** tanh and relu, one after the other. */
function nonlinearityOf(n: number): "tanh" | "relu" {
  return n % 3 === 2 ? "relu" : "tanh";
}

function rnn(call: SequenceCall, n: number): KernelCase<"rnnSequence"> {
  const { B, T, H, reverse = false } = call;
  const nonlinearity = nonlinearityOf(n);
  return kernelCase(
    "rnnSequence",
    `${nonlinearity} ${named(call)}`,
    [stepsOf(call, H), weightOf(call, 1), stateOf(call), lengthsOf(call)],
    [out("f32", [B, T, H]), out("f32", [B, H])],
    { reverse, nonlinearity },
  );
}

function rnnBackward(call: SequenceCall, n: number): KernelCase<"rnnSequenceBackward"> {
  const { B, T, H, reverse = false } = call;
  const nonlinearity = nonlinearityOf(n);
  return kernelCase(
    "rnnSequenceBackward",
    `${nonlinearity} ${named(call)}`,
    [
      weightOf(call, 1),
      lengthsOf(call),
      leftBehind(call, [nonlinearity === "relu" ? relu : tanh]),
      stepsOf(call, H),
      stateOf(call),
    ],
    [out("f32", [B, T, H]), out("f32", [B, H])],
    { reverse, nonlinearity },
  );
}

export const recurrentCases = {
  lstmSequence: sequenceCalls.map(lstm),
  lstmSequenceBackward: sequenceCalls.map(lstmBackward),
  gruSequence: sequenceCalls.map(gru),
  gruSequenceBackward: sequenceCalls.map(gruBackward),
  rnnSequence: [...sequenceCalls.map(rnn), rnn({ name: "wide, and many sequences", B: 9, T: 2, H: 190 }, 2)],
  rnnSequenceBackward: sequenceCalls.map(rnnBackward),
} as const;
