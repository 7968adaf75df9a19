import { type Tensor, tensor } from "@saccade/core";
import { type CapturedNumbers, runScoreProgram } from "@saccade/core/testing";
import type { AttentionCall } from "./attention-calls.ts";
import { rangesOf } from "./attention-ranges.ts";
import type { InputSpec } from "./case.ts";
import { computed, i32 } from "./specs.ts";

/** Queries and keys of a block. */
const BLOCK = 64;

function numbersOf(spec: InputSpec): CapturedNumbers {
  const { values, shape, dtype } = spec;
  if (values.kind !== "list") throw new Error("conformance: what a mask reads must be listed");
  const { numbers } = values;
  const count = shape.reduce((total, size) => total * size, 1);
  const own = Array.from({ length: count }, (_, i) => numbers[i % numbers.length]);
  return { shape, numbers: own, ...(dtype === "i32" ? { outside: 0 } : {}) };
}

/** What each block is, by asking the function for every pair: nothing 0, everything 2, else 1. */
function blockStates(call: AttentionCall): Tensor {
  const { B = 2, H = 2, T, S = T, mods, sequences, attrs = {} } = call;
  const mask = mods?.mask;
  if (!mask) throw new Error("conformance: no mask function");
  const read = new Set(mask.steps.flatMap((step) => (step.op === "load" ? [step.tensor] : [])));
  const none: CapturedNumbers = { shape: [0], numbers: [] };
  const captured = (mods.captured ?? []).map((spec, i) => (read.has(i) ? numbersOf(spec) : none));
  const sides = { causal: false, windowLeft: -1, windowRight: -1, ...attrs };
  const ranges = sequences && rangesOf(sequences, T, sides);
  const [rows, columns] = [Math.ceil(T / BLOCK), Math.ceil(S / BLOCK)];
  const seen = new Int32Array(B * H * rows * columns);
  const hidden = new Int32Array(seen.length);
  for (let batch = 0; batch < B; batch++)
    for (let head = 0; head < H; head++)
      for (let query = 0; query < T; query++)
        for (let key = 0; key < S; key++) {
          const place = ranges ? ranges[(batch * T + query) * 3 + 2] : query + S - T;
          const [visible] = runScoreProgram(mask, { score: 0, batch, head, query, key, place }, captured);
          const row = (batch * H + head) * rows + Math.floor(query / BLOCK);
          (visible !== 0 ? seen : hidden)[row * columns + Math.floor(key / BLOCK)]++;
        }
  const states = seen.map((count, i) => (count === 0 ? 0 : hidden[i] === 0 ? 2 : 1));
  return tensor(states, { shape: [B, H, rows, columns] });
}

/** Blocks of a call's mask function as kernels get them; null without one. */
export function blocksOf(call: AttentionCall): InputSpec | null {
  const { B = 2, H = 2, T, S = T, mods } = call;
  if (!mods?.mask) return null;
  const shape = [B, H, Math.ceil(T / BLOCK), Math.ceil(S / BLOCK)];
  if (mods.vague) return i32(shape, { kind: "list", numbers: [1] }, { steps: [0, 0, 1, 1] });
  return i32(
    shape,
    computed(() => blockStates(call)),
  );
}
