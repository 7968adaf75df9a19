/** What attention's shaders are specialised by, their uniforms, and how they read and write views. */
import {
  type AttentionAttrs,
  type DType,
  keepRule,
  type ScoreProgram,
  type View,
} from "@saccade/core/backend";
import type { PlacedHeads } from "../../split/attention.ts";
import { binding, load, stored } from "../../wgsl/operand.ts";
import type { Uniforms } from "../../wgsl/uniforms.ts";
import { CHUNK, type Layout } from "./plan.ts";
import { isCaptured, nameOf, setCapturedSizes } from "./programs.ts";
import { isRowView, type RowView, rowsOf } from "./row-views.ts";

/** Heads wider than this would need more registers than there are. */
export const MAX_WIDTH = 256;

/** What the shaders are specialised by. */
export interface AttentionShape {
  /** Chunks of a head's width, of queries and keys, and of values. */
  readonly widthChunks: number;
  readonly valueChunks: number;
  readonly softcap: boolean;
  readonly dropout: boolean;
  readonly mask: boolean;
  readonly bias: boolean;
  readonly slopes: boolean;
  readonly ranges: boolean;
  /** What the caller's own functions do to scores, and which they let a query see. */
  readonly scoreMod: ScoreProgram | null;
  readonly maskMod: ScoreProgram | null;
}

/** The inputs that both kernels begin with. */
export type ScoreInputs = readonly [
  q: View,
  k: View,
  v: View,
  mask: View | null,
  bias: View | null,
  slopes: View | null,
  ranges: View | null,
  ...(View | null)[],
];

export function shapeOf(
  [q, , v, mask, bias, slopes, ranges]: ScoreInputs,
  attrs: AttentionAttrs,
): AttentionShape {
  return {
    widthChunks: Math.ceil(q.shape[3] / CHUNK),
    valueChunks: Math.ceil(v.shape[3] / CHUNK),
    softcap: attrs.softcap > 0,
    dropout: attrs.dropout > 0,
    mask: mask !== null,
    bias: bias !== null,
    slopes: slopes !== null,
    ranges: ranges !== null,
    scoreMod: attrs.mods?.score ?? null,
    maskMod: attrs.mods?.mask ?? null,
  };
}

export function keyOf({ widthChunks, valueChunks, scoreMod, maskMod, ...flags }: AttentionShape): string {
  const mods = scoreMod || maskMod ? ` ${nameOf(scoreMod)} ${nameOf(maskMod)}` : "";
  return `${widthChunks} ${valueChunks} ${Object.values(flags).map(Number).join("")}${mods}`;
}

/** Sizes and attributes. */
export function setUniforms(u: Uniforms, [q, k, v]: ScoreInputs, attrs: AttentionAttrs & PlacedHeads): void {
  const [, heads, queries, width] = q.shape;
  const { first } = attrs;
  u.i32("heads", heads)
    .i32("group", heads / k.shape[1])
    .i32("queries", queries)
    .i32("keys", k.shape[2]);
  u.i32("width", width).i32("valueWidth", v.shape[3]);
  u.i32("left", attrs.windowLeft < 0 ? 2 ** 30 : attrs.windowLeft);
  const right = attrs.windowRight < 0 ? 2 ** 30 : attrs.windowRight;
  u.i32("right", attrs.causal ? Math.min(0, right) : right);
  const { least, factor } = keepRule(attrs.dropout);
  u.f32("scale", attrs.scale).f32("softcap", attrs.softcap).u32("least", least).f32("keep", factor);
  u.u32("key0", attrs.key[0]).u32("key1", attrs.key[1]);
  u.i32("firstQuery", attrs.queries?.first ?? 0).i32("allQueries", attrs.queries?.of ?? queries);
  u.i32("firstBatch", first?.batch ?? 0).i32("firstHead", first?.head ?? 0);
  u.i32("allHeads", first?.heads ?? heads);
}

/** The views that a kernel binds, by name: reads before writes. Absent ones are left out. */
export class Operands {
  readonly reads: readonly View[];
  readonly writes: readonly View[];
  /** Whether rows of heads are bound as vectors of four. */
  readonly key: string;
  readonly #vectors: boolean;
  readonly #dtypes: ReadonlyMap<string, DType>;
  readonly #reads: readonly [string, View][];
  readonly #writes: readonly [string, View][];

  constructor(
    u: Uniforms,
    reads: Readonly<Record<string, View | null>>,
    writes: Readonly<Record<string, View>>,
  ) {
    this.#reads = Object.entries(reads).filter((entry): entry is [string, View] => entry[1] !== null);
    this.#writes = Object.entries(writes);
    this.reads = this.#reads.map(([, view]) => view);
    this.writes = this.#writes.map(([, view]) => view);
    const all = [...this.#reads, ...this.#writes];
    const whole = all.every(([name, view]) => !isRowView(name) || inVectors(view));
    this.#vectors = whole;
    this.#dtypes = new Map(all.map(([name, { dtype }]) => [name, dtype]));
    this.key = `${whole ? "vectors" : "scalars"} ${all.map(([name, { dtype }]) => `${name}:${dtype}`).join()}`;
    for (const [name, { offset, strides }] of all) {
      const unit = whole && isRowView(name) ? 4 : 1;
      u.i32(`${name}_o`, offset / unit);
      for (let d = 0; d < strides.length; d++) u.i32(`${name}_${d}`, strides[d] / unit);
    }
    for (const [name, view] of this.#reads) if (isCaptured(name)) setCapturedSizes(u, name, view);
  }

  /** Bindings from 1 on, and `load_NAME` and `store_NAME` for rows of heads. */
  declarations(): string {
    const lines: string[] = [];
    const declare = ([name, { dtype }]: [string, View], i: number, access: "r" | "w"): void => {
      const width = this.#vectors && isRowView(name) ? 4 : 1;
      lines.push(binding(i, name, dtype, access, { width }));
      if (isRowView(name)) lines.push(access === "r" ? this.#load(name) : this.#store(name));
    };
    this.#reads.forEach((entry, i) => {
      declare(entry, i + 1, "r");
    });
    this.#writes.forEach((entry, i) => {
      declare(entry, this.#reads.length + i + 1, "w");
    });
    return lines.join("");
  }

  has(name: string): boolean {
    return this.#dtypes.has(name);
  }

  /** The element of view `name` at index `at` (an i32 expression), as an f32. */
  element(name: string, at: string): string {
    return load(name, this.dtypeOf(name), at);
  }

  /** Writes an f32 to view `name`. */
  assign(name: string, at: string, value: string): string {
    return `${name}[${at}] = ${stored(this.dtypeOf(name), value)};`;
  }

  /** Four columns of a row; zeros beyond the head. */
  #load(name: RowView): string {
    const [rows, width] = rowsOf[name];
    const row = `base + row * P.${name}_2`;
    if (this.#vectors) {
      // Without a branch, so that many loads are on their way at once
      return `fn load_${name}(base: i32, row: i32, quad: i32) -> vec4<f32> {
  let inside = row < P.${rows} && 4 * quad < P.${width};
  return select(vec4<f32>(), ${load(name, this.dtypeOf(name), `select(base, ${row} + quad, inside)`, 4)}, inside);
}
`;
    }
    return `fn load_${name}(base: i32, row: i32, quad: i32) -> vec4<f32> {
  var value = vec4<f32>();
  if (row >= P.${rows}) { return value; }
  for (var c = 0; c < min(4, P.${width} - 4 * quad); c++) { value[c] = ${this.element(name, `${row} + (4 * quad + c) * P.${name}_3`)}; }
  return value;
}
`;
  }

  #store(name: RowView): string {
    const [rows, width] = rowsOf[name];
    const row = `base + row * P.${name}_2`;
    const body = this.#vectors
      ? `${name}[${row} + quad] = ${stored(this.dtypeOf(name), "value", 4)};`
      : `for (var c = 0; c < min(4, P.${width} - 4 * quad); c++) { ${this.assign(name, `${row} + 4 * quad + c`, "value[c]")} }`;
    return `fn store_${name}(base: i32, row: i32, quad: i32, value: vec4<f32>) {
  if (row >= P.${rows} || 4 * quad >= P.${width}) { return; }
  ${body}
}
`;
  }

  dtypeOf(name: string): DType {
    const dtype = this.#dtypes.get(name);
    if (dtype === undefined) throw new RangeError(`attention binds no ${name}`);
    return dtype;
  }
}

/** Whether each row is whole vectors of four in memory. */
function inVectors({ shape, strides, offset }: View): boolean {
  return (
    strides[3] === 1 &&
    shape[3] % 4 === 0 &&
    offset % 4 === 0 &&
    strides.slice(0, 3).every((stride) => stride % 4 === 0)
  );
}

/** Declares `NAME_base`, where the head (`head`, a WGSL expression) of batch item `b` begins. */
export function base(name: RowView, head: string): string {
  return `let ${name}_base = P.${name}_o + b * P.${name}_0 + ${head} * P.${name}_1;`;
}

/** Strips of a product over `chunks` of width. */
export function strips(chunks: number, { depth }: Layout): number {
  return Math.ceil((chunks * CHUNK) / depth);
}
