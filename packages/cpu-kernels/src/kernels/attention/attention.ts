import { type AttentionAttrs, type FusedKernel, keepRule, type View } from "@saccade/core/backend";
import type { WasmMemory } from "../../memory/wasm-memory.ts";
import type { Runtime } from "../../runtime.ts";
import { pointer } from "../../views/pointer.ts";
import { supportsMods, writeMods } from "./mods.ts";

/** Wider heads do not fit a thread's scratch. */
const MAX_WIDTH = 448;
/** Words of the operands: assembly/attention/arguments.ts. */
const slots = {
  q: 16,
  k: 24,
  v: 32,
  mask: 40,
  bias: 48,
  out: 56,
  lse: 64,
  delta: 72,
  dOut: 80,
  dq: 88,
  dk: 96,
  dv: 104,
  dBias: 112,
  slopes: 120,
  sinks: 128,
  ranges: 136,
  dSlopes: 144,
  blocks: 152,
};

type Inputs = readonly [
  q: View,
  k: View,
  v: View,
  mask: View | null,
  bias: View | null,
  slopes: View | null,
  ranges: View | null,
  ...(View | null)[],
];

/** And of where queries are among all: how many those are, and the first of them. */
const ALL_QUERIES = 164;

/** Inputs before those of functions of scores. */
const FORWARD_INPUTS = 8;
const BACKWARD_INPUTS = 10;

/** f32 throughout, heads that fit. */
function supports(inputs: Inputs, { mods }: AttentionAttrs, own: number): boolean {
  const [q, k, v, mask, bias, slopes] = inputs;
  if (mods && !supportsMods(mods, inputs.slice(own), q, v)) return false;
  const floats = [q, k, v, bias, slopes].every((view) => view === null || view.dtype === "f32");
  return (
    floats && (mask === null || mask.dtype === "u8") && q.shape[3] <= MAX_WIDTH && v.shape[3] <= MAX_WIDTH
  );
}

/** `attention`: see assembly/attention/forward.ts. */
export function attentionKernel({ memory, wasm }: Runtime): FusedKernel<"attention"> {
  return {
    supports: (inputs, attrs) => supports(inputs, attrs, FORWARD_INPUTS),
    run: (inputs, [out, lse], attrs) => {
      if (out.shape[0] * out.shape[1] * out.shape[2] === 0) return;
      writeCommon(memory, inputs, attrs, FORWARD_INPUTS);
      writeView(memory.args.i32, slots.sinks, inputs[7]);
      writeView(memory.args.i32, slots.out, out);
      writeView(memory.args.i32, slots.lse, lse);
      wasm.attention();
    },
  };
}

/** `attentionBackward`: see assembly/attention/backward.ts. */
export function attentionBackwardKernel({ memory, wasm }: Runtime): FusedKernel<"attentionBackward"> {
  return {
    supports: (inputs, attrs) => supports(inputs, attrs, BACKWARD_INPUTS),
    run: (inputs, [dq, dk, dv, ...others], attrs) => {
      const dBias = attrs.biasGradient ? others[0] : null;
      const dSlopes = attrs.slopesGradient ? others[others.length - 1] : null;
      const [, , , , , , , lse, delta, dOut] = inputs;
      writeCommon(memory, inputs, attrs, BACKWARD_INPUTS);
      const { i32 } = memory.args;
      writeView(i32, slots.lse, lse);
      writeView(i32, slots.delta, delta);
      writeView(i32, slots.dOut, dOut);
      writeView(i32, slots.dq, dq);
      writeView(i32, slots.dk, dk);
      writeView(i32, slots.dv, dv);
      writeView(i32, slots.dBias, dBias);
      writeView(i32, slots.dSlopes, dSlopes);
      wasm.attentionBackward();
    },
  };
}

/** Sizes, attributes and the inputs that both directions share. */
function writeCommon({ args }: WasmMemory, inputs: Inputs, attrs: AttentionAttrs, own: number): void {
  const [q, k, v, mask, bias, slopes, ranges] = inputs;
  const { i32, f32 } = args;
  i32[0] = q.shape[0];
  i32[1] = q.shape[1];
  i32[2] = k.shape[1];
  i32[3] = q.shape[2];
  i32[4] = k.shape[2];
  i32[5] = q.shape[3];
  i32[6] = v.shape[3];
  i32[7] = attrs.causal ? 1 : 0;
  i32[8] = attrs.windowLeft;
  i32[9] = attrs.windowRight;
  i32[10] = attrs.key[0];
  i32[11] = attrs.key[1];
  f32[12] = attrs.scale;
  f32[13] = attrs.softcap;
  const { least, factor } = keepRule(attrs.dropout);
  i32[14] = ((least - 0x8001) << 16) | 0xffff;
  f32[15] = factor;
  writeView(i32, slots.q, q);
  writeView(i32, slots.k, k);
  writeView(i32, slots.v, v);
  writeView(i32, slots.mask, mask);
  writeView(i32, slots.bias, bias);
  writeView(i32, slots.slopes, slopes);
  writeView(i32, slots.ranges, ranges);
  writeView(i32, slots.blocks, (attrs.mods && inputs[own]) ?? null);
  writeMods(i32, attrs.mods, inputs.slice(own + 1));
  const { first, of } = attrs.queries ?? { first: 0, of: q.shape[2] };
  i32[ALL_QUERIES] = of;
  i32[ALL_QUERIES + 1] = first;
}

/** Address (0 if absent) and strides. */
function writeView(i32: Int32Array, slot: number, view: View | null): void {
  if (view === null) {
    i32[slot] = 0;
    return;
  }
  i32[slot] = pointer(view);
  for (let i = 0; i < view.strides.length; i++) i32[slot + 1 + i] = view.strides[i];
}
