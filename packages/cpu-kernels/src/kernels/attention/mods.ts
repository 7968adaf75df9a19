import type { ScoreMods, ScoreProgram, View } from "@saccade/core/backend";
import { pointer } from "../../views/pointer.ts";
import { encodeProgram } from "./encode-program.ts";

/** Words of the argument area: assembly/attention/arguments.ts and mods/layout.ts. */
const slots = { score: 160, mask: 161, tensors: 1024, programs: 1664 };
const TENSOR_WORDS = 18;
const MAX_TENSORS = 32;
const MAX_RANK = 8;
/** Of both programs together. */
const MAX_PROGRAM_WORDS = 12288;
/** Wider heads leave no scratch for registers. */
const MAX_WIDTH = 384;

/** Words by the key of their program; the oldest goes. */
const encoded = new Map<string, Int32Array | null>();
const MAX_ENCODED = 256;

function wordsOf(program: ScoreProgram): Int32Array | null {
  let words = encoded.get(program.key);
  if (words === undefined) {
    words = encodeProgram(program);
    for (const [oldest] of encoded) if (encoded.size >= MAX_ENCODED) encoded.delete(oldest);
    encoded.set(program.key, words);
  }
  return words;
}

const programsOf = ({ score, mask }: ScoreMods): ScoreProgram[] =>
  [score, mask].filter((program) => program !== null);

/** Captured f32 and i32, programs of not too many registers and steps. */
export function supportsMods(
  mods: ScoreMods,
  [, ...captured]: readonly (View | null)[],
  q: View,
  v: View,
): boolean {
  const readable = captured.every(
    (view) => (view?.dtype === "f32" || view?.dtype === "i32") && view.shape.length <= MAX_RANK,
  );
  if (!readable || captured.length > MAX_TENSORS || Math.max(q.shape[3], v.shape[3]) > MAX_WIDTH)
    return false;
  const programs = programsOf(mods).map(wordsOf);
  if (programs.includes(null)) return false;
  return programs.reduce((total, words) => total + (words?.length ?? 0), 0) <= MAX_PROGRAM_WORDS;
}

/** Programs and what they read; without them, that there are none. */
export function writeMods(
  i32: Int32Array,
  mods: ScoreMods | undefined,
  captured: readonly (View | null)[],
): void {
  i32[slots.score] = 0;
  i32[slots.mask] = 0;
  if (!mods) return;
  for (const [i, view] of captured.entries())
    if (view) writeTensor(i32, slots.tensors + i * TENSOR_WORDS, view);
  let at = slots.programs;
  for (const which of ["score", "mask"] as const) {
    const program = mods[which];
    const words = program && wordsOf(program);
    if (!words) continue;
    i32.set(words, at);
    i32[slots[which]] = at * 4;
    at += words.length;
  }
}

/** Address (0, which may be read, where there is nothing), whether integers, then size and stride of each dimension. */
function writeTensor(i32: Int32Array, slot: number, view: View): void {
  i32[slot] = view.shape.includes(0) ? 0 : pointer(view);
  i32[slot + 1] = view.dtype === "i32" ? 1 : 0;
  for (let d = 0; d < view.shape.length; d++) {
    i32[slot + 2 + 2 * d] = view.shape[d];
    i32[slot + 3 + 2 * d] = view.strides[d];
  }
}
