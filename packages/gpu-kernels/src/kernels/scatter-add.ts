import type { View } from "@saccade/core/backend";
import { binding, count, load } from "../wgsl/operand.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachElement, groupsOver, type Launcher } from "./launch.ts";
import { scatterSorted } from "./scatter-sorted.ts";

/** Sums have one order, that of the index, and no two invocations write to one place. */
export function scatterAdd(launcher: Launcher, index: View, src: View, out: View, axis: number): void {
  if (index.shape.includes(0) || out.shape.includes(0)) return;
  if (out.dtype === "u8") scatterBytes(launcher, index, src, out, axis);
  else scatterSorted(launcher, { index, src, out, axis });
}

/**
 * One idea: an invocation per word of the destination, whose elements each look through the indices of their line, in
 * ascending order: four bytes share a word, and no two invocations may write to it.
 */
function scatterBytes(launcher: Launcher, index: View, src: View, out: View, axis: number): void {
  const u = new Uniforms();
  const { shape } = out;
  u.u32("count", count(out)).i32("out_o", out.offset).i32("index_o", index.offset).i32("src_o", src.offset);
  u.u32("length", index.shape[axis]);
  for (let d = 0; d < shape.length; d++) {
    u.u32(`n${d}`, shape[d]).u32(`m${d}`, index.shape[d]);
    u.i32(`i${d}`, index.strides[d]).i32(`s${d}`, src.strides[d]);
  }
  launcher.launch({
    key: `scatterAdd bytes ${axis}/${shape.length}`,
    uniforms: u,
    reads: [index, src],
    writes: [out],
    source:
      () => `${binding(1, "index_data", "i32", "r")}${binding(2, "src_data", src.dtype, "r")}${binding(3, "out", out.dtype, "w")}
fn added(i: u32, before: u32) -> u32 {
  var rest = i;
  var index_at = P.index_o;
  var src_at = P.src_o;
  var wanted = 0;
  ${coordinates(shape.length, axis)}
  var sum = before;
  for (var k = 0u; k < P.length; k++) {
    if (index_data[index_at + i32(k) * P.i${axis}] == wanted) {
      let at = src_at + i32(k) * P.s${axis};
      sum += ${load("src_data", src.dtype, "at")};
    }
  }
  return sum;
}
${byteMain}`,
    workgroups: groupsOver(Math.ceil((count(out) + (out.offset & 3)) / 4)),
  });
}

function coordinates(rank: number, axis: number): string {
  const lines: string[] = [];
  for (let d = rank - 1; d >= 0; d--) {
    lines.push(`{ let c = rest % P.n${d}; rest /= P.n${d};`);
    if (d === axis) lines.push("wanted = i32(c); }");
    else
      lines.push(
        `if (c >= P.m${d}) { return before; } index_at += i32(c) * P.i${d}; src_at += i32(c) * P.s${d}; }`,
      );
  }
  return lines.join("\n  ");
}

const byteMain = `${eachElement.replace("let i =", "let word =")}
  let first = i32(word * 4u) - (P.out_o & 3);
  if (first >= i32(P.count)) { return; }
  let at = (P.out_o >> 2u) + i32(word);
  var bits = out[at];
  for (var k = 0; k < 4; k++) {
    let i = first + k;
    if (i >= 0 && i < i32(P.count)) {
      let shift = u32(k) * 8u;
      let sum = added(u32(i), (bits >> shift) & 0xffu);
      bits = (bits & ~(0xffu << shift)) | ((sum & 0xffu) << shift);
    }
  }
  out[at] = bits;
}`;
