import type { ScoreMods, ScoreProgram, View } from "@saccade/core/backend";
import { pointer } from "../../views/pointer.ts";
import { encodeForOneQuery, encodeProgram } from "./encode-program.ts";

/** Words of the argument area: assembly/attention/arguments.ts and mods/layout.ts. */
const slots = { score: 160, mask: 161, scoreOfOne: 162, maskOfOne: 163, tensors: 1024, programs: 1664 };
const TENSOR_WORDS = 18;
const MAX_TENSORS = 32;
const MAX_RANK = 8;
/** Of all programs together. */
const MAX_PROGRAM_WORDS = 12288;
/** Wider heads leave no scratch for registers. */
const MAX_WIDTH = 384;

/** A program for panels, and for one query: null where there are not enough registers. */
interface Encoded {
  readonly panels: Int32Array | null;
  readonly one: Int32Array | null;
}

/** Words by the key of their program; the oldest goes. */
const encoded = new Map<string, Encoded>();
const MAX_ENCODED = 256;

function wordsOf(program: ScoreProgram): Encoded {
  let words = encoded.get(program.key);
  if (words === undefined) {
    words = { panels: encodeProgram(program), one: encodeForOneQuery(program) };
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
  if (programs.some(({ panels }) => panels === null)) return false;
  const count = (words: Int32Array | null): number => words?.length ?? 0;
  return (
    programs.reduce((total, { panels, one }) => total + count(panels) + count(one), 0) <= MAX_PROGRAM_WORDS
  );
}

/** Programs and what they read; without them, that there are none. */
export function writeMods(
  i32: Int32Array,
  mods: ScoreMods | undefined,
  captured: readonly (View | null)[],
): void {
  i32.fill(0, slots.score, slots.maskOfOne + 1);
  if (!mods) return;
  for (const [i, view] of captured.entries())
    if (view) writeTensor(i32, slots.tensors + i * TENSOR_WORDS, view);
  let at = slots.programs;
  const write = (slot: number, words: Int32Array | null): void => {
    if (!words) return;
    i32.set(words, at);
    i32[slot] = at * 4;
    at += words.length;
  };
  const { score, mask } = mods;
  if (score) {
    write(slots.score, wordsOf(score).panels);
    write(slots.scoreOfOne, wordsOf(score).one);
  }
  if (mask) {
    write(slots.mask, wordsOf(mask).panels);
    write(slots.maskOfOne, wordsOf(mask).one);
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
