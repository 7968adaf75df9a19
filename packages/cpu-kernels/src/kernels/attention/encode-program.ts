/**
 * Programs of scores as the words that assembly/attention/mods runs.
 *
 * Ideas: a step that does not know the key is done once for 8 queries, one that does not know the query once for 8 of
 * them together; and a register that nobody reads any more is used again, so that few are warm.
 */
import type { ScoreBinary, ScoreProgram, ScoreSource, ScoreStep } from "@saccade/core/backend";
import { unaryCode } from "../elementwise/op-codes.ts";

/** What a value knows, as bits. A row has 16 numbers (8 twice), a column one for each key, a panel 8 for each. */
const ROW = 0;
const QUERY = 1;
const KEY = 2;
const PANEL = 3;

/** Registers: where each kind begins, its bytes, and how many there are. */
const ROWS = { start: 0, bytes: 64, most: 128 };
const COLUMNS = { start: 8192, bytes: 256, most: 64 };
const PANELS_START = 24576;
/** Keys of a chunk, and how many panels there may be then: 24 KiB stay in L1, 64 KiB is all there is. */
const CHUNK = 64;
const CHUNKS = [
  { keys: CHUNK, most: 12 },
  { keys: 32, most: 64 },
];

const sources: Readonly<Record<ScoreSource, { code: number; knows: number }>> = {
  score: { code: 0, knows: PANEL },
  batch: { code: 1, knows: ROW },
  head: { code: 2, knows: ROW },
  query: { code: 3, knows: QUERY },
  key: { code: 4, knows: KEY },
  place: { code: 5, knows: QUERY },
};
/** Words before the steps. */
const HEAD = 8;

/** For a single query: it is a number, and scores are a column. */
const single: Readonly<Partial<Record<ScoreSource, { code: number; knows: number }>>> = {
  score: { code: 0, knows: KEY },
  query: { code: 11, knows: ROW },
  place: { code: 12, knows: ROW },
};
const CONSTANT = 6;
const SPREAD = 7;
const LOAD = 8;
const WHERE = 9;
const NOT = 10;
const BINARY = 16;
const UNARY = 64;

// biome-ignore format: a table reads better
const binaryNames: readonly ScoreBinary[] = [
  "add", "sub", "mul", "div", "floorDiv", "remainder", "pow", "maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge",
  "logicalAnd", "logicalOr",
];

/** The values that a step reads. */
function readsOf(step: ScoreStep): readonly number[] {
  if (step.op === "load") return step.indices;
  if ("x" in step) return [step.x];
  if ("cond" in step) return [step.cond, step.a, step.b];
  return "a" in step ? [step.a, step.b] : [];
}

/** For each step the last one that reads it, itself if none does that matters; results are read at the very end. */
function lastReads({ steps, results }: ScoreProgram): number[] {
  const last = new Array<number>(steps.length).fill(-1);
  for (const result of results) last[result] = steps.length;
  for (let i = steps.length - 1; i >= 0; i--) {
    if (last[i] < 0) continue;
    for (const read of readsOf(steps[i])) last[read] = Math.max(last[read], i);
  }
  return last;
}

class Encoder {
  private readonly sources: typeof sources;
  private readonly panelBytes: number;
  private readonly last: readonly number[];
  /** What each step knows, its register, and that of its spread. */
  private readonly knows: number[] = [];
  private readonly registers: number[] = [];
  private readonly spreads = new Map<number, number>();
  private readonly rows: number[][] = [];
  private readonly others: number[][] = [];
  private readonly free: number[] = [];
  private readonly used = { rows: 0, columns: 0, panels: 0 };

  constructor(program: ScoreProgram, keys: number, alone: boolean) {
    this.sources = alone ? { ...sources, ...single } : sources;
    this.panelBytes = keys * 32;
    this.last = lastReads(program);
    for (const [i, step] of program.steps.entries()) {
      this.knows.push(this.knowledge(step));
      this.registers.push(this.last[i] < 0 ? -1 : this.encode(step, i));
    }
  }

  private knowledge(step: ScoreStep): number {
    if (step.op in sources) return this.sources[step.op as ScoreSource].knows;
    return readsOf(step).reduce((all, read) => all | this.knows[read], ROW);
  }

  /** A step that others read: its register. */
  private encode(step: ScoreStep, i: number): number {
    const { code, extra } = this.operation(step);
    const reads = readsOf(step);
    const operands = reads.flatMap((read) => this.operand(read, this.knows[i]));
    // Functions of one value may work on 16 numbers at once: not in place.
    if (reads.length !== 1) this.release(reads, i);
    const out = this.register(this.knows[i]);
    if (reads.length === 1) this.release(reads, i);
    this.emit(code, this.knows[i], out, [...extra, ...operands]);
    return out;
  }

  private operation(step: ScoreStep): { code: number; extra: number[] } {
    if (step.op === "constant") return { code: CONSTANT, extra: [float(step.value)] };
    if (step.op === "load") return { code: LOAD, extra: [step.tensor, step.indices.length] };
    if ("x" in step) return { code: step.op === "logicalNot" ? NOT : UNARY + unaryCode[step.op], extra: [] };
    if ("cond" in step) return { code: WHERE, extra: [] };
    const code = "a" in step ? BINARY + binaryNames.indexOf(step.op) : this.sources[step.op].code;
    return { code, extra: [] };
  }

  /** Register, and bytes from key to key. */
  operand(value: number, reader: number): [number, number] {
    const knows = this.knows[value];
    if (knows === ROW || knows === QUERY) return [this.registers[value], 0];
    if (knows === reader) return [this.registers[value], 32];
    let spread = this.spreads.get(value);
    if (spread === undefined) {
      spread = this.register(PANEL);
      this.spreads.set(value, spread);
      this.emit(SPREAD, PANEL, spread, [this.registers[value], 0]);
    }
    return [spread, 32];
  }

  private emit(code: number, knows: number, out: number, rest: readonly number[]): void {
    const level = knows === KEY ? 1 : knows === PANEL ? 2 : 0;
    const words = [(4 + rest.length) * 4, code, level, out, ...rest];
    (level === 0 ? this.rows : this.others).push(words);
  }

  private register(knows: number): number {
    if (knows === PANEL) return this.free.pop() ?? PANELS_START + this.used.panels++ * this.panelBytes;
    if (knows === KEY) return COLUMNS.start + this.used.columns++ * COLUMNS.bytes;
    return ROWS.start + this.used.rows++ * ROWS.bytes;
  }

  /** Panel registers of what nobody behind step i reads. */
  private release(reads: readonly number[], i: number): void {
    for (const read of new Set(reads)) {
      if (this.last[read] > i) continue;
      const register = this.knows[read] === PANEL ? this.registers[read] : this.spreads.get(read);
      if (register !== undefined) this.free.push(register);
    }
  }

  /** All words; null where there are not so many registers. */
  finish(results: readonly number[], reader: number, keys: number, most: number): Int32Array | null {
    const [result, derivative = [0, 0]] = results.map((value) => this.operand(value, reader));
    const { rows, columns, panels } = this.used;
    if (rows > ROWS.most || columns > COLUMNS.most || panels > most) return null;
    const rowWords = this.rows.flat();
    const words = [...rowWords, ...this.others.flat()];
    const ends = [(HEAD + rowWords.length) * 4, (HEAD + words.length) * 4];
    return Int32Array.from([keys, ...ends, ...result, ...derivative, 0, ...words]);
  }
}

/** The bits of a float. */
function float(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0];
}

/** The words of a program (assembly/attention/mods/layout.ts says which), or null where it needs too many registers. */
export function encodeProgram(program: ScoreProgram): Int32Array | null {
  for (const { keys, most } of CHUNKS) {
    const words = new Encoder(program, keys, false).finish(program.results, PANEL, keys, most);
    if (words) return words;
  }
  return null;
}

/** The same for one query and a row of scores: every value is a number, or one for each key. */
export function encodeForOneQuery(program: ScoreProgram): Int32Array | null {
  return new Encoder(program, CHUNK, true).finish(program.results, KEY, CHUNK, 0);
}
