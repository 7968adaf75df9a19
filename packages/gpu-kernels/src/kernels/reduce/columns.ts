import type { ReduceName, View } from "@saccade/core/backend";
import { contiguous, reviewed, sizeOf, splitAxes } from "../../views/nest.ts";
import { binding, computedType, load, stored, Walk } from "../../wgsl/operand.ts";
import { Quads, quadBinding, storeQuad } from "../../wgsl/quads.ts";
import { Uniforms } from "../../wgsl/uniforms.ts";
import { groupsOver, type Launcher } from "../launch.ts";
import { accumulator, joining } from "./monoids.ts";

/** Lanes of a workgroup: side by side over columns, and one below the other over rows. */
const ACROSS = 32;
const DOWN = 8;
/** Workgroups that keep a device busy. */
const BUSY = 1024;
/** So few rows are not cut: another dispatch costs more. */
const SHORT = 256;
/** Rows of a segment, at the least and at the most. */
const FEWEST_ROWS = 64;
const MOST_ROWS = 2048;

/** An operand of one shape with the others: what its columns are, and what is joined of each. */
export interface Columns {
  readonly kept: View;
  readonly taken: View;
}

export interface ColumnsCall {
  /** Kernel and terms. */
  readonly key: string;
  readonly operands: Readonly<Record<string, Columns>>;
  /** One per term; contiguous. */
  readonly outputs: readonly View[];
  /** What a row contributes, in the names of the operands. */
  readonly terms: readonly string[];
  readonly op: ReduceName;
}

/** Lanes that have columns of their own run down a segment of rows; then the segments are joined alike. */
export function reduceColumns(launcher: Launcher, call: ColumnsCall): void {
  const [{ kept, taken }] = Object.values(call.operands);
  const results = sizeOf(kept.shape);
  const rows = sizeOf(taken.shape);
  const tiles = Math.ceil(results / (4 * ACROSS));
  const useful = Math.min(Math.ceil(BUSY / tiles), Math.floor(rows / FEWEST_ROWS));
  const segments = rows <= SHORT ? 1 : Math.max(1, useful, Math.ceil(rows / MOST_ROWS));
  if (segments === 1) {
    pass(launcher, call, 1);
    return;
  }
  const pitch = Math.ceil(results / 4) * 4;
  eachScratch(launcher, 4 * segments * pitch, call.outputs.length, (buffers) => {
    const partial = buffers.map((buffer, t) =>
      contiguous(buffer, accumulator(call.outputs[t]), [segments, pitch]),
    );
    pass(launcher, { ...call, outputs: partial }, segments);
    const parts = partial.map((part, t): [string, Columns] => {
      return [`part${t}`, splitAxes(reviewed(part, [segments, results], [pitch, 1]), [0])];
    });
    const terms = parts.map(([name]) => name);
    const { op, outputs } = call;
    reduceColumns(launcher, { key: `${op} parts`, operands: Object.fromEntries(parts), outputs, terms, op });
  });
}

function eachScratch(
  launcher: Launcher,
  bytes: number,
  left: number,
  use: (handles: readonly number[]) => void,
  made: readonly number[] = [],
): void {
  if (left === 0) use(made);
  else launcher.scratch(bytes, (handle) => eachScratch(launcher, bytes, left - 1, use, [...made, handle]));
}

/** Writes segment s of column c to `outputs[t][s * pitch + c]`. */
function pass(
  launcher: Launcher,
  { key, operands, outputs, terms, op }: ColumnsCall,
  segments: number,
): void {
  const names = Object.keys(operands);
  const columns = Object.values(operands);
  const kept = columns.map((one) => one.kept);
  const results = sizeOf(kept[0].shape);
  const rows = sizeOf(columns[0].taken.shape);
  const type = accumulator(outputs[0]);
  const u = new Uniforms();
  const quads = quadsOf(u, columns, names, outputs);
  const walk = quads ?? new Walk(u, kept, names);
  const width = quads ? 4 : 1;
  const tiles = Math.ceil(results / (width * ACROSS));
  u.u32("results", results).u32("tiles", tiles).u32("segments", segments);
  u.u32("rows", rows)
    .u32("perSegment", Math.ceil(rows / segments))
    .u32("pitch", Math.ceil(results / 4) * 4);
  for (const [t, out] of outputs.entries()) u.i32(`out${t}_o`, out.offset);
  const below = columns.map(({ taken }) => reviewed(taken, taken.shape, taken.strides, 0));
  const down = new Walk(
    u,
    below,
    names.map((name) => `${name}_row`),
  );
  const dtypes = [...kept, ...outputs].map(({ dtype }) => dtype).join();
  launcher.launch({
    key: `reduce columns ${key}/${dtypes}/${walk.key}/${down.key}`,
    uniforms: u,
    reads: kept,
    writes: outputs,
    source: () => {
      const inputs = kept.map(({ dtype }, v) =>
        quads ? quads.binding(v, v + 1, "r") : binding(v + 1, `${names[v]}_data`, dtype, "r"),
      );
      const bind = quads ? quadBinding : binding;
      const targets = outputs.map(({ dtype }, t) => bind(kept.length + t + 1, `out${t}_data`, dtype, "w"));
      const parameters = kept.map(({ dtype }, v) => `${names[v]}: ${computedType[dtype]}`).join(", ");
      const functions = terms.map((term, t) => `fn term${t}(${parameters}) -> ${type} { return ${term}; }\n`);
      const text = { names, columns, quads, locate: walk.locate("i"), below: down.locate("r"), type };
      return `${inputs.join("")}${targets.join("")}${joining(op, type)}${functions.join("")}${main(text, outputs)}`;
    },
    workgroups: groupsOver(tiles * segments, 1),
  });
}

/** Four columns a lane, where they lie as vectors in memory in every row. */
function quadsOf(
  u: Uniforms,
  columns: readonly Columns[],
  names: readonly string[],
  outputs: readonly View[],
): Quads | undefined {
  const kept = columns.map((one) => one.kept);
  const quads = Quads.of(new Uniforms(), kept, names);
  const fits = columns.every(
    ({ taken }, v) =>
      quads?.uniform(v) || (quads?.whole(v) && taken.strides.every((stride) => stride % 4 === 0)),
  );
  return fits && outputs.every(({ offset }) => offset % 4 === 0) ? Quads.of(u, kept, names) : undefined;
}

interface Text {
  readonly names: readonly string[];
  readonly columns: readonly Columns[];
  readonly quads: Quads | undefined;
  readonly locate: string;
  readonly below: string;
  readonly type: string;
}

function main({ names, columns, quads, locate, below, type }: Text, outputs: readonly View[]): string {
  const value = quads ? `vec4<${type}>` : type;
  const join = quads ? "join4" : "join";
  const loads = columns.map(({ kept: { dtype } }, v) => {
    const name = names[v];
    const element = quads ? quads.load(v) : load(`${name}_data`, dtype, `${name}_at`);
    return `let ${name}_at = ${name}_at + ${name}_row_at; let ${name} = ${element};`;
  });
  const term = (t: number): string => {
    if (!quads) return `term${t}(${names.join(", ")})`;
    const parts = ["x", "y", "z", "w"].map(
      (k) => `term${t}(${names.map((name) => `${name}.${k}`).join(", ")})`,
    );
    return `vec4<${type}>(${parts.join(", ")})`;
  };
  const each = (text: (t: number) => string): string => outputs.map((_, t) => text(t)).join("\n    ");
  const store = (t: number): string => {
    const at = `P.out${t}_o + i32(segment * P.pitch + i)`;
    const { dtype } = outputs[t];
    if (quads) return `{ ${storeQuad(`out${t}_data`, dtype, at, `sum${t}`, "(P.results - i)")} }`;
    return `out${t}_data[${at}] = ${stored(dtype, `sum${t}`)};`;
  };
  return `${each((t) => `var<workgroup> shared${t}: array<${value}, ${ACROSS * DOWN}>;`)}
@compute @workgroup_size(${ACROSS * DOWN})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  let segment = index / P.tiles;
  let i = ((index % P.tiles) * ${ACROSS}u + lane % ${ACROSS}u) * ${quads ? 4 : 1}u;
  let present = i < P.results && segment < P.segments;
  ${each((t) => `var sum${t} = ${value}(identity_());`)}
  if (present) {
    ${locate}
    let end = min((segment + 1u) * P.perSegment, P.rows);
    for (var r = segment * P.perSegment + lane / ${ACROSS}u; r < end; r += ${DOWN}u) {
      ${below}
      ${loads.join(" ")}
      ${each((t) => `sum${t} = ${join}(sum${t}, ${term(t)});`)}
    }
  }
  ${each((t) => `shared${t}[lane] = sum${t};`)}
  workgroupBarrier();
  if (present && lane < ${ACROSS}u) {
    for (var k = ${ACROSS}u; k < ${ACROSS * DOWN}u; k += ${ACROSS}u) {
      ${each((t) => `sum${t} = ${join}(sum${t}, shared${t}[lane + k]);`)}
    }
    ${each(store)}
  }
}`;
}
