import type { Backend, KeyWords } from "../backend.ts";
import { threefry2x32 } from "../random/threefry.ts";
import { binaryFunctions } from "../scalar/binary.ts";
import { unaryFunctions } from "../scalar/unary.ts";
import { positions, type ReferenceMemory } from "./memory.ts";

type Kernels = Backend["kernels"];

/** Float to integer as the contract has it: towards zero, NaN to 0, saturating. */
function toInt32(x: number): number {
  if (Number.isNaN(x)) return 0;
  return Math.max(-2147483648, Math.min(2147483647, Math.trunc(x)));
}

/** The numbers that `random` gives for element i. */
function randomNumber(kind: "bits" | "uniform" | "normal", key: KeyWords, i: number): number {
  const block = Math.floor(i / 2);
  const words = threefry2x32(key, block | 0, Math.floor(block / 2 ** 32));
  if (kind === "bits") return words[i & 1];
  const uniforms = words.map((word) => (word >>> 8) * 2 ** -24);
  if (kind === "uniform") return uniforms[i & 1];
  const angle = 2 * Math.PI * uniforms[1];
  return Math.sqrt(-2 * Math.log(1 - uniforms[0])) * ((i & 1) === 1 ? Math.sin(angle) : Math.cos(angle));
}

/** The required kernels that treat every element on its own. */
export function elementwiseKernels(
  memory: ReferenceMemory,
): Pick<Kernels, "fill" | "iota" | "random" | "copy" | "cast" | "unary" | "binary" | "where"> {
  return {
    fill(_, [out], { value }) {
      const to = memory.elements(out);
      for (const p of positions(out)) to[p] = value;
    },
    iota(_, [out], { start, step }) {
      const to = memory.elements(out);
      positions(out).forEach((p, i) => {
        to[p] = start + i * step;
      });
    },
    random(_, [out], { key, kind }) {
      const to = memory.elements(out);
      positions(out).forEach((p, i) => {
        to[p] = randomNumber(kind, key, i);
      });
    },
    copy([x], [out]) {
      const from = memory.elements(x);
      const to = memory.elements(out);
      const fromAt = positions(x);
      positions(out).forEach((p, i) => {
        to[p] = from[fromAt[i]];
      });
    },
    cast([x], [out]) {
      const from = memory.elements(x);
      const to = memory.elements(out);
      const fromAt = positions(x);
      positions(out).forEach((p, i) => {
        const value = from[fromAt[i]];
        to[p] = out.dtype === "u8" ? (value === 0 ? 0 : 1) : out.dtype === "i32" ? toInt32(value) : value;
      });
    },
    unary([x], [out], { op, a, b }) {
      const fn = unaryFunctions[op];
      const from = memory.elements(x);
      const to = memory.elements(out);
      const fromAt = positions(x);
      positions(out).forEach((p, i) => {
        to[p] = fn(from[fromAt[i]], a, b);
      });
    },
    binary([a, b], [out], { op }) {
      // An i32 product can need 62 bits, more than a double holds.
      const fn = op === "mul" && out.dtype === "i32" ? Math.imul : binaryFunctions[op];
      const fromA = memory.elements(a);
      const fromB = memory.elements(b);
      const to = memory.elements(out);
      const atA = positions(a);
      const atB = positions(b);
      positions(out).forEach((p, i) => {
        to[p] = fn(fromA[atA[i]], fromB[atB[i]]);
      });
    },
    where([cond, a, b], [out]) {
      const fromC = memory.elements(cond);
      const fromA = memory.elements(a);
      const fromB = memory.elements(b);
      const to = memory.elements(out);
      const atC = positions(cond);
      const atA = positions(a);
      const atB = positions(b);
      positions(out).forEach((p, i) => {
        to[p] = fromC[atC[i]] === 0 ? fromB[atB[i]] : fromA[atA[i]];
      });
    },
  };
}
