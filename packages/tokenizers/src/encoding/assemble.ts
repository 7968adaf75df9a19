import { TokenizerError } from "../errors.ts";
import type { LayoutItem, PostProcessor } from "../pipeline/roles.ts";
import { sequencesOnly } from "../post-processors/layout.ts";
import { codePointsBefore } from "./code-points.ts";
import { type EncodingArrays, PipelineEncoding } from "./pipeline-encoding.ts";
import type { TokenRun } from "./token-run.ts";
import { type TokenSpaces, trimOffsets } from "./trim.ts";
import { type Parts, type TruncationOptions, truncateRuns } from "./truncation.ts";

/** What is put together: the tokens of one text or two, by which rules. */
export interface Assembly {
  /** What errors begin with. */
  readonly operation: string;
  /** The texts that the tokens are of. */
  readonly texts: readonly string[];
  /** Whether spans are to count code points; the runs' own count UTF-16 units. */
  readonly codePoints: boolean;
  readonly runs: readonly TokenRun[];
  readonly postProcessor: PostProcessor | undefined;
  readonly addSpecialTokens: boolean;
  readonly truncation: Required<TruncationOptions> | undefined;
  readonly spaces: TokenSpaces;
  readonly name: (id: number) => string | undefined;
}

/** Truncates, trims spans and lays out the special tokens: tokens of one text or two to an encoding. */
export function assemble(assembly: Assembly): PipelineEncoding {
  const { operation, runs, postProcessor, addSpecialTokens, truncation } = assembly;
  const pair = runs.length === 2;
  const layout = postProcessor?.layout(pair, addSpecialTokens) ?? sequencesOnly(pair);
  const added = layout.reduce((count, { kind }) => count + (kind === "special" ? 1 : 0), 0);
  if (truncation !== undefined && truncation.maxLength < added) {
    throw new TokenizerError(
      `${operation}: maxLength=${truncation.maxLength} has no room for the ${added} special tokens`,
    );
  }
  const parts: readonly Parts[] =
    truncation === undefined
      ? runs.map((kept) => ({ kept, overflowing: [] }))
      : truncateRuns(operation, runs, truncation.maxLength - added, truncation);

  for (const trim of postProcessor?.trims ?? []) {
    for (const [i, { kept, overflowing }] of parts.entries()) {
      const text = assembly.texts[i]!;
      for (const run of [kept, ...overflowing]) trimOffsets(run, text, trim, assembly.spaces);
    }
  }
  if (assembly.codePoints) for (const [i, part] of parts.entries()) countCodePoints(part, assembly.texts[i]!);
  const build = (first: TokenRun, second: TokenRun | undefined): PipelineEncoding =>
    new PipelineEncoding(layOut(layout, [first, second]), [], assembly.name);

  const [a, b] = parts as readonly [Parts, Parts?];
  const overflowing =
    b === undefined ? a.overflowing.map((part) => build(part, undefined)) : pairOverflow(layout, a, b, build);
  return new PipelineEncoding(layOut(layout, [a.kept, b?.kept]), overflowing, assembly.name);
}

/** Spans in UTF-16 units become spans in code points, in place. */
function countCodePoints({ kept, overflowing }: Parts, text: string): void {
  const before = codePointsBefore(text);
  if (before === undefined) return;
  for (const { starts, ends } of [kept, ...overflowing]) {
    for (let i = 0; i < starts.length; i++) {
      starts[i] = before[starts[i]!]!;
      ends[i] = before[ends[i]!]!;
    }
  }
}

/** Each part of what is laid out first with all of the other, then its beginning with the other's parts. */
function pairOverflow(
  layout: readonly LayoutItem[],
  a: Parts,
  b: Parts,
  build: (first: TokenRun, second: TokenRun) => PipelineEncoding,
): PipelineEncoding[] {
  const swapped = layout.find((item) => item.kind === "sequence")?.sequence === 1;
  const [leading, other] = swapped ? [b, a] : [a, b];
  const join = (x: TokenRun, y: TokenRun): PipelineEncoding => (swapped ? build(y, x) : build(x, y));
  return [
    ...leading.overflowing.flatMap((part) =>
      [other.kept, ...other.overflowing].map((each) => join(part, each)),
    ),
    ...other.overflowing.map((part) => join(leading.kept, part)),
  ];
}

function layOut(layout: readonly LayoutItem[], runs: readonly (TokenRun | undefined)[]): EncodingArrays {
  const [only] = layout;
  if (layout.length === 1 && only!.kind === "sequence") return runAlone(runs[only!.sequence]!, only!.typeId);
  const lengthOf = (item: LayoutItem): number =>
    item.kind === "special" ? 1 : runs[item.sequence]!.ids.length;
  const length = layout.reduce((sum, item) => sum + lengthOf(item), 0); // T
  const ids = new Int32Array(length);
  const typeIds = new Int32Array(length);
  const starts = new Int32Array(length); // added tokens keep [0, 0]
  const ends = new Int32Array(length);
  const words = new Int32Array(length).fill(-1);
  const sequences = new Int8Array(length).fill(-1);
  const specialTokensMask = new Uint8Array(length);
  const texts = new Map<number, string>();
  let at = 0;
  for (const item of layout) {
    const end = at + lengthOf(item);
    typeIds.fill(item.typeId, at, end);
    if (item.kind === "special") {
      ids[at] = item.id;
      specialTokensMask[at] = 1;
      texts.set(at, item.token);
    } else {
      const run = runs[item.sequence]!;
      ids.set(run.ids, at);
      starts.set(run.starts, at);
      ends.set(run.ends, at);
      words.set(run.words, at);
      sequences.fill(item.sequence, at, end);
      if (run.texts !== undefined) for (const [i, text] of run.texts) texts.set(at + i, text);
    }
    at = end;
  }
  const attentionMask = new Uint8Array(length).fill(1);
  return { ids, typeIds, starts, ends, words, sequences, attentionMask, specialTokensMask, texts };
}

/** A text without special tokens: its arrays as they are. */
function runAlone(run: TokenRun, typeId: number): EncodingArrays {
  const { length } = run.ids;
  return {
    ...run,
    typeIds: new Int32Array(length).fill(typeId),
    sequences: new Int8Array(length),
    attentionMask: new Uint8Array(length).fill(1),
    specialTokensMask: new Uint8Array(length),
  };
}
