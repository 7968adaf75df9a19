/**
 * Kernels that compute each element of a contiguous output from the elements at the same place of their inputs.
 *
 * One idea: an invocation per four elements where the operands' places allow it (`mapQuads`), else one per element;
 * where those are bytes, an invocation per word of memory, which keeps the bytes of that word that are not the output's.
 */
import type { DType, View } from "@saccade/core/backend";
import { library } from "../wgsl/library.ts";
import { binding, count, load, stored, Walk } from "../wgsl/operand.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachElement, groupsOver, type Launcher } from "./launch.ts";
import { mapQuads } from "./map-quads.ts";
import type { RandomSource } from "./random-source.ts";

export interface MapCall {
  /** The kernel and what its expression depends on beside dtypes and layouts. */
  readonly key: string;
  readonly inputs: readonly View[];
  readonly output: View;
  /** Adds the kernel's own uniforms. */
  readonly uniforms?: (u: Uniforms) => void;
  /** WGSL functions that the expression calls. */
  readonly functions?: () => string;
  /** Moves the place of the last input by `by` (in the inputs before it) times `step` elements. */
  readonly displaced?: { readonly by: string; readonly step: number };
  /** What is random in the expression. */
  readonly random?: RandomSource;
  /** It may wait for neighbours: see `Deferred`. */
  readonly short?: boolean;
  /** In `a`, `b`, `c` ... (the inputs' elements), `i` and the uniforms; gives the output's type (u32 for bytes, f32 for halves). */
  readonly expression: string;
}

const letters = ["a", "b", "c", "d"];

export function map(launcher: Launcher, call: MapCall): void {
  if (mapQuads(launcher, call)) return;
  const { inputs, output, displaced, random } = call;
  const u = new Uniforms();
  u.u32("count", count(output)).i32("out_o", output.offset);
  const names = letters.slice(0, inputs.length);
  const walk = new Walk(u, inputs, names);
  if (displaced) u.i32("displacement", displaced.step);
  random?.uniforms(u);
  call.uniforms?.(u);
  const dtypes = [...inputs, output].map(({ dtype }) => dtype).join();
  const bytes = output.dtype === "u8";
  const edge = output.offset & 3;
  launcher.launch({
    key: `${call.key}/${random?.key ?? ""}/${dtypes}/${walk.key}`,
    uniforms: u,
    reads: inputs,
    writes: [output],
    source: () => {
      const bindings = inputs.map((view, v) => binding(v + 1, `${names[v]}_data`, view.dtype, "r")).join("");
      const loads = inputs.map((view, v) => {
        const moved = displaced && v === inputs.length - 1;
        const first = moved ? `${names[v]}_at += (${displaced.by}) * P.displacement; ` : "";
        return `${first}let ${names[v]} = ${load(`${names[v]}_data`, view.dtype, `${names[v]}_at`)};`;
      });
      if (random) loads.push(random.ofOne("i"));
      const out = binding(inputs.length + 1, "out", output.dtype, "w");
      const body = { locate: walk.locate("i"), loads: loads.join(" "), expression: call.expression };
      return bindings + out + functionsOf(call) + (bytes ? byteMain(body) : wordMain(body, output.dtype));
    },
    workgroups: groupsOver(bytes ? Math.ceil((count(output) + edge) / 4) : count(output)),
  });
}

/** What the expression and its random values call. */
export function functionsOf({ functions, random }: MapCall): string {
  return (random ? library(random.functions) : "") + (functions?.() ?? "");
}

interface Body {
  readonly locate: string;
  readonly loads: string;
  readonly expression: string;
}

function wordMain({ locate, loads, expression }: Body, dtype: DType): string {
  return `${eachElement}
  if (i >= P.count) { return; }
  ${locate}
  ${loads}
  out[P.out_o + i32(i)] = ${stored(dtype, expression)};
}`;
}

function byteMain({ locate, loads, expression }: Body): string {
  const inner = eachElement.replace("let i =", "let word =");
  return `
fn element(i: u32) -> u32 {
  ${locate}
  ${loads}
  return ${expression};
}
${inner}
  let first = i32(word * 4u) - (P.out_o & 3);
  if (first >= i32(P.count)) { return; }
  let at = (P.out_o >> 2u) + i32(word);
  var bits = out[at];
  for (var k = 0; k < 4; k++) {
    let i = first + k;
    if (i >= 0 && i < i32(P.count)) {
      let shift = u32(k) * 8u;
      bits = (bits & ~(0xffu << shift)) | ((element(u32(i)) & 0xffu) << shift);
    }
  }
  out[at] = bits;
}`;
}
