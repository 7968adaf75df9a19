import { backwardAttrsOf, logSumExpOf } from "../../cases/attention.ts";
import {
  type AttentionCall,
  attentionInputs,
  attrsOf,
  modInputs,
  sinksOf,
} from "../../cases/attention-calls.ts";
import { modGradientCalls } from "../../cases/attention-mods.ts";
import { packed, padded } from "../../cases/attention-ranges.ts";
import { f32, list } from "../../cases/specs.ts";
import { type GradCase, gradCase } from "../grad-case.ts";

/** Small enough that every element is moved for the differences. */
const calls: readonly AttentionCall[] = [
  ...modGradientCalls,
  { name: "plain", B: 1, H: 2, T: 3, S: 4, E: 2 },
  {
    name: "grouped, causal, narrow values",
    B: 1,
    H: 4,
    K: 2,
    T: 3,
    S: 4,
    E: 2,
    Ev: 1,
    attrs: { causal: true },
  },
  { name: "causal, rows that see nothing", B: 1, H: 1, T: 4, S: 2, E: 3, attrs: { causal: true } },
  { name: "window", B: 1, H: 1, T: 4, S: 5, E: 2, attrs: { windowLeft: 1, windowRight: 1 } },
  { name: "mask", B: 2, H: 1, T: 2, S: 3, E: 2, maskBroadcast: [1, 2], maskValues: list(1, 0, 1) },
  { name: "bias", B: 2, H: 1, T: 2, S: 3, E: 2, biasBroadcast: [] },
  { name: "bias by head", B: 2, H: 2, T: 2, S: 2, E: 2, biasBroadcast: [0] },
  { name: "softcap, scale", B: 1, H: 2, T: 3, S: 3, E: 2, attrs: { softcap: 1.5, scale: 1.2 } },
  { name: "dropout", B: 1, H: 2, T: 3, S: 4, E: 2, attrs: { dropout: 0.3, key: [5, 6] } },
  { name: "alibi", B: 1, H: 2, T: 3, S: 4, E: 2, slopes: [0.5, 0.25] },
  { name: "sinks", B: 2, H: 2, T: 3, S: 4, E: 2, sinks: [0.5, -0.3] },
  {
    name: "padding, alibi, causal",
    B: 2,
    H: 2,
    T: 3,
    S: 4,
    E: 2,
    attrs: { causal: true },
    slopes: [0.5, 0.25],
    sequences: padded([
      [3, 4],
      [2, 3],
    ]),
    sinks: [0.5, -0.3],
  },
  { name: "packed", B: 1, H: 1, T: 4, S: 5, E: 2, sequences: packed([1, 2], [3, 3]) },
  {
    name: "everything at once",
    B: 1,
    H: 2,
    K: 1,
    T: 3,
    S: 4,
    E: 2,
    Ev: 3,
    maskBroadcast: [1],
    biasBroadcast: [0],
    attrs: { causal: true, windowLeft: 2, softcap: 2, dropout: 0.2, key: [8, 9], scale: 0.5 },
    slopes: [0.3, 0.1],
    sinks: [-0.2, 0.4],
  },
];

/** Kernels read ranges as they are made: row by row. */
function options(call: AttentionCall): { readonly rowMajorOnly?: true } {
  return call.sequences === undefined ? {} : { rowMajorOnly: true };
}

function forward(call: AttentionCall): GradCase {
  // The log-sum-exp of a row that sees nothing (random masks have some) is -infinity: nothing to differentiate there.
  const from = /see nothing|random/.test(call.name) ? { from: [0] } : {};
  const inputs = [...attentionInputs(call), sinksOf(call), ...modInputs(call)];
  return gradCase("attention", call.name, inputs, attrsOf(call), { ...options(call), ...from });
}

function backward(call: AttentionCall): GradCase {
  const { B = 2, H = 2, T, E = 16, Ev = E } = call;
  const attrs = backwardAttrsOf(call);
  const inputs = [
    ...attentionInputs(call),
    f32([B, H, T], logSumExpOf(call)),
    f32([B, H, T]),
    f32([B, H, T, Ev]),
    ...modInputs(call),
  ];
  const wanted = {
    biasGradient: call.biasBroadcast !== undefined,
    slopesGradient: call.slopes !== undefined,
  };
  return gradCase("attentionBackward", call.name, inputs, { ...attrs, ...wanted }, options(call));
}

/** What the gradients of captured tensors are made from is what the backward pass has. */
function ofCaptured(call: AttentionCall): GradCase {
  const { B = 2, H = 2, T, E = 16, Ev = E, mods } = call;
  const wanted = (mods?.captured ?? []).flatMap(({ dtype }, i) => (dtype === "i32" ? [] : [i]));
  const inputs = [
    ...attentionInputs(call),
    f32([B, H, T], logSumExpOf(call)),
    f32([B, H, T]),
    f32([B, H, T, Ev]),
    ...modInputs(call),
  ];
  return gradCase(
    "attentionCapturedGradient",
    call.name,
    inputs,
    { ...attrsOf(call), wanted, scoresAtOnce: 20 },
    options(call),
  );
}

const small = calls.filter(({ name }) => name !== "causal, rows that see nothing");

export const attentionGradCases: readonly GradCase[] = [
  ...calls.map(forward),
  ...small.map(backward),
  ...modGradientCalls.map(ofCaptured),
];
