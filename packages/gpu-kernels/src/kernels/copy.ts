/**
 * Copies between any layouts.
 *
 * Three ways: by vectors of four where both sides have them; a transposition by blocks of four times four, which an
 * invocation turns around in its registers, so that it reads and writes vectors; else element by element.
 */
import type { View } from "@saccade/core/backend";
import { isContiguous, nestOf } from "../views/nest.ts";
import { binding, count, load, stored, Walk } from "../wgsl/operand.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachElement, groupsOver, type Launcher } from "./launch.ts";
import { map } from "./map.ts";
import { mapQuads } from "./map-quads.ts";

export function copy(launcher: Launcher, x: View, out: View): void {
  const turn = turnOf(x, out);
  if (turn) {
    transpose(launcher, x, out, turn);
    return;
  }
  const short = count(x) <= SHORT; // what is appended to caches
  const call = { key: "copy", inputs: [x], output: out, expression: "a", short };
  if (isContiguous(out)) map(launcher, call);
  else if (!mapQuads(launcher, call)) copyEach(launcher, x, out);
}

/** Elements of a copy that takes no longer than a dispatch does anyway. */
const SHORT = 65536;

function copyEach(launcher: Launcher, x: View, out: View): void {
  const u = new Uniforms();
  u.u32("count", count(x));
  const walk = new Walk(u, [x, out], ["a", "out"]);
  const bytes = x.dtype === "u8";
  launcher.launch({
    key: `copy to strided/${x.dtype}/${walk.key}`,
    uniforms: u,
    reads: [x],
    writes: [out],
    source:
      () => `${binding(1, "a_data", x.dtype, "r")}${binding(2, "out", x.dtype, "w", { atomic: bytes })}${eachElement}
  if (i >= P.count) { return; }
  ${walk.locate("i")}
  ${bytes ? storeByte : "out[out_at] = a_data[a_at];"}
}`,
    workgroups: groupsOver(count(x)),
  });
}

/** Bytes of one word belong to several invocations: each clears and sets its own bits. */
const storeByte = `let shift = (u32(out_at) & 3u) * 8u;
  atomicAnd(&out[out_at >> 2u], ~(0xffu << shift));
  atomicOr(&out[out_at >> 2u], ${load("a_data", "u8", "a_at")} << shift);`;

/** Blocks of four times four per workgroup, along either dimension; a hardware's group of 32 covers 8 times 4. */
const TILE = 16;
/** Smaller dimensions are not worth a tile. */
const SMALLEST = 16;

/** Dimensions of both views' nest: `across` follows memory in x, `along` in the output. */
interface Turn {
  readonly sizes: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly across: number;
  readonly along: number;
}

/** `undefined` where x is not transposed, or its blocks are not made of vectors. */
function turnOf(x: View, out: View): Turn | undefined {
  if (x.dtype === "u8" || x.offset % 4 !== 0 || out.offset % 4 !== 0) return undefined;
  const { sizes, strides } = nestOf([x, out]);
  const [from, to] = strides;
  const across = from.indexOf(1);
  const along = to.indexOf(1);
  if (across === -1 || along === -1 || across === along) return undefined;
  const large = [across, along].every((d) => sizes[d] % 4 === 0 && sizes[d] >= SMALLEST);
  const whole = sizes.every(
    (_, d) => (d === across || from[d] % 4 === 0) && (d === along || to[d] % 4 === 0),
  );
  return large && whole ? { sizes, from, to, across, along } : undefined;
}

function transpose(launcher: Launcher, x: View, out: View, { sizes, from, to, across, along }: Turn): void {
  const others = sizes.map((_, d) => d).filter((d) => d !== across && d !== along);
  const u = new Uniforms();
  const tilesAcross = Math.ceil(sizes[across] / 4 / TILE);
  const tilesAlong = Math.ceil(sizes[along] / 4 / TILE);
  const batches = others.reduce((product, d) => product * sizes[d], 1);
  u.u32("tilesAcross", tilesAcross).u32("tilesAlong", tilesAlong).u32("batches", batches);
  u.i32("across", sizes[across] / 4).i32("along", sizes[along] / 4);
  u.i32("x_o", x.offset / 4)
    .i32("x_along", from[along] / 4)
    .i32("out_o", out.offset / 4)
    .i32("out_across", to[across] / 4);
  for (const [d, other] of others.entries()) {
    u.u32(`n${d}`, sizes[other])
      .i32(`x_s${d}`, from[other] / 4)
      .i32(`out_s${d}`, to[other] / 4);
  }
  launcher.launch({
    key: `transpose/${x.dtype}/${others.length}`,
    uniforms: u,
    reads: [x],
    writes: [out],
    source: () => transposeSource(x, others.length),
    workgroups: groupsOver(tilesAcross * tilesAlong * batches, 1),
  });
}

function transposeSource({ dtype }: View, others: number): string {
  const batch = Array.from({ length: others }, (_, k) => {
    const d = others - 1 - k;
    const move = `x_at += i32(rest % P.n${d}) * P.x_s${d}; out_at += i32(rest % P.n${d}) * P.out_s${d};`;
    return `${move} rest /= P.n${d};`;
  });
  const parts = ["x", "y", "z", "w"];
  const reads = parts.map((_, k) => `let r${k} = ${load("x_data", dtype, `x_at + ${k} * P.x_along`, 4)};`);
  const column = (part: string): string => parts.map((_, k) => `r${k}.${part}`).join(", ");
  const computed = dtype === "i32" ? "i32" : "f32";
  const writes = parts.map(
    (part, k) =>
      `out_data[out_at + ${k} * P.out_across] = ${stored(dtype, `vec4<${computed}>(${column(part)})`, 4)};`,
  );
  return `${binding(1, "x_data", dtype, "r", { width: 4 })}${binding(2, "out_data", dtype, "w", { width: 4 })}
@compute @workgroup_size(${TILE * TILE})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  var rest = group.y * groups.x + group.x;
  let part = lane / 32u;
  let across = i32((rest % P.tilesAcross) * ${TILE}u + (part % 2u) * 8u + lane % 8u);
  rest /= P.tilesAcross;
  let along = i32((rest % P.tilesAlong) * ${TILE}u + (part / 2u) * 4u + (lane % 32u) / 8u);
  rest /= P.tilesAlong;
  if (across >= P.across || along >= P.along || rest >= P.batches) { return; }
  var x_at = P.x_o + across + along * 4 * P.x_along;
  var out_at = P.out_o + along + across * 4 * P.out_across;
  ${batch.join("\n  ")}
  ${reads.join("\n  ")}
  ${writes.join("\n  ")}
}`;
}
