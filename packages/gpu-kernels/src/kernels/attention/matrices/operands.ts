/** Views of attention by subgroup matrices: rows of heads are bound as octets of halves. */
import type { DType, View } from "@saccade/core/backend";
import { binding, load } from "../../../wgsl/operand.ts";
import type { Uniforms } from "../../../wgsl/uniforms.ts";
import { isRowView, type RowView, rowsOf } from "../row-views.ts";
import { OCTET } from "./layout.ts";

/** What a kernel binds, by name: reads before writes. Absent ones are left out. Sets `NAME_o` and `NAME_0 ..`. */
export class OctetOperands {
  readonly reads: readonly View[];
  readonly writes: readonly View[];
  readonly key: string;
  readonly #bindings: string;
  readonly #dtypes: ReadonlyMap<string, DType>;

  constructor(
    u: Uniforms,
    reads: Readonly<Record<string, View | null>>,
    writes: Readonly<Record<string, View>>,
  ) {
    const read = Object.entries(reads).filter((entry): entry is [string, View] => entry[1] !== null);
    const written = Object.entries(writes);
    this.reads = read.map(([, view]) => view);
    this.writes = written.map(([, view]) => view);
    const all = [...read, ...written];
    this.#dtypes = new Map(all.map(([name, { dtype }]) => [name, dtype]));
    this.key = all.map(([name, { dtype }]) => `${name}:${dtype}`).join();
    for (const [name, { offset, strides }] of all) {
      const unit = isRowView(name) ? OCTET : 1;
      u.i32(`${name}_o`, offset / unit);
      for (let d = 0; d < strides.length; d++) u.i32(`${name}_${d}`, Math.trunc(strides[d] / unit));
    }
    this.#bindings = all
      .map(([name, { dtype }], i) => boundAs(i + 1, name, dtype, i < read.length ? "r" : "w"))
      .join("");
  }

  /** The element of view `name`, no rows of heads, at index `at` (an i32 expression), as an f32. */
  element(name: string, at: string): string {
    return load(name, this.#dtypes.get(name) ?? "f32", at);
  }

  /** Bindings from 1 on. */
  declarations(): string {
    return this.#bindings;
  }
}

function boundAs(index: number, name: string, dtype: DType, access: "r" | "w"): string {
  if (!isRowView(name)) return binding(index, name, dtype, access);
  const space = access === "r" ? "read" : "read_write";
  return `@group(0) @binding(${index}) var<storage, ${space}> ${name}: array<vec4<u32>>;\n`;
}

/** Octet `octet` of row `row` of the head at `NAME_base` (u32 and i32 expressions); zeros beyond the view, unless nothing of it is (`whole`). */
export function octetOf(name: RowView, row: string, octet: string, whole: boolean): string {
  const at = `${name}_base + ${row} * P.${name}_2 + i32(${octet})`;
  if (whole) return `${name}[${at}]`;
  const inside = `${row} < ${countOf(name)} && i32(${octet}) < ${octetsOf(name)}`;
  // Without a branch, so that many loads are on their way at once
  return `select(vec4<u32>(), ${name}[select(${name}_base, ${at}, ${inside})], ${inside})`;
}

/** WGSL of the number of rows, and of octets in each. */
export function countOf(name: RowView): string {
  return `P.${rowsOf[name][0]}`;
}

export function octetsOf(name: RowView): string {
  return `P.${rowsOf[name][1]} / ${OCTET}`;
}
