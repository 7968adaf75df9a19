import {
  behind,
  leftBehind,
  lengthsOf,
  type SequenceCall,
  stateOf,
  stepsOf,
  weightOf,
} from "../../cases/recurrent-calls.ts";
import { f32, list } from "../../cases/specs.ts";
import { type GradCase, gradCase } from "../grad-case.ts";

const { sigmoid, tanh, itself } = behind;

/** Small enough that every element is moved for the differences. */
const calls: readonly SequenceCall[] = [
  { name: "", B: 2, T: 3, H: 2 },
  { name: "lengths", B: 3, T: 3, H: 2, lengths: [3, 1, 0] },
  { name: "lengths, in reverse", B: 3, T: 3, H: 1, lengths: [2, 3, 0], reverse: true },
];
const [plain, , reversed] = calls;

const rowMajor = { rowMajorOnly: true } as const;

function lstm(call: SequenceCall): GradCase[] {
  const { B, T, H, reverse = false } = call;
  const state = stateOf(call);
  const backward = (
    extras: readonly [ReturnType<typeof f32> | null, ReturnType<typeof f32> | null],
  ): GradCase =>
    gradCase(
      "lstmSequenceBackward",
      `${call.name} ${extras[0] ? "with more gradients" : ""}`,
      [
        weightOf(call, 4),
        state,
        lengthsOf(call),
        leftBehind(call, [sigmoid, sigmoid, tanh, sigmoid]),
        leftBehind(call, [itself]),
        stepsOf(call, H),
        state,
        state,
        ...extras,
      ],
      { reverse },
      rowMajor,
    );
  return [
    gradCase(
      "lstmSequence",
      call.name,
      [stepsOf(call, 4 * H), weightOf(call, 4), state, state, lengthsOf(call)],
      { reverse },
      rowMajor,
    ),
    backward([null, null]),
    backward([f32([B, T, 4 * H]), f32([B, T, H])]),
  ];
}

function gru(call: SequenceCall): GradCase[] {
  const { B, T, H, reverse = false } = call;
  const state = stateOf(call);
  const backward = (extra: ReturnType<typeof f32> | null): GradCase =>
    gradCase(
      "gruSequenceBackward",
      `${call.name} ${extra ? "with more gradients" : ""}`,
      [
        weightOf(call, 3),
        state,
        lengthsOf(call),
        leftBehind(call, [sigmoid, sigmoid, tanh, itself]),
        leftBehind(call, [tanh]),
        stepsOf(call, H),
        state,
        extra,
      ],
      { reverse },
      rowMajor,
    );
  return [
    gradCase(
      "gruSequence",
      call.name,
      [stepsOf(call, 3 * H), weightOf(call, 3), f32([H]), state, lengthsOf(call)],
      { reverse },
      rowMajor,
    ),
    backward(null),
    backward(f32([B, T, 4 * H])),
  ];
}

function rnn(call: SequenceCall, nonlinearity: "tanh" | "relu"): GradCase[] {
  const { H, reverse = false } = call;
  const attrs = { reverse, nonlinearity };
  const state = stateOf(call);
  // Away from the bend of relu.
  const values = nonlinearity === "relu" ? list(3, -3, 4, -4, 5) : undefined;
  const given = values ? { ...call, values } : call;
  const left =
    nonlinearity === "relu" ? f32([call.B, call.T, H], list(0.5, 0, 1.5)) : leftBehind(call, [tanh]);
  // The slope of relu jumps where its value is 0.
  const options = nonlinearity === "relu" ? { ...rowMajor, wrt: [0, 3, 4] } : rowMajor;
  return [
    gradCase(
      "rnnSequence",
      `${nonlinearity} ${call.name}`,
      [stepsOf(given, H), weightOf(call, 1), state, lengthsOf(call)],
      attrs,
      rowMajor,
    ),
    gradCase(
      "rnnSequenceBackward",
      `${nonlinearity} ${call.name}`,
      [weightOf(call, 1), lengthsOf(call), left, stepsOf(call, H), state],
      attrs,
      options,
    ),
  ];
}

export const recurrentGradCases: readonly GradCase[] = [
  ...calls.flatMap(lstm),
  gradCase(
    "gruSequence",
    "no bias",
    [stepsOf(plain, 6), weightOf(plain, 3), null, stateOf(plain), null],
    { reverse: true },
    rowMajor,
  ),
  ...calls.flatMap(gru),
  ...calls.flatMap((call) => rnn(call, "tanh")),
  ...[plain, reversed].flatMap((call) => rnn(call, "relu")),
];
