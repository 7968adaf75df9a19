import { ArgumentError, type AttentionAttrs, describeValue, formatShape, ShapeError } from "@saccade/core";

/** Whole numbers, known to the program: core checks them, and kernels never compute what they leave out. */
export type Integers = readonly number[] | Int32Array;

/** One number a sequence, `[B]`: of queries and keys alike, or of each. */
export type Lengths = Integers | { readonly queries?: Integers; readonly keys?: Integers };

/** Where sequences begin and end, `[N + 1]`: 0, and the running sum of lengths; of queries and keys alike, or of each. */
export type CuSeqlens = Integers | { readonly queries: Integers; readonly keys: Integers };

/** Queries and keys of one sequence: first, and behind the last. */
interface Sequence {
  readonly queryStart: number;
  readonly queryEnd: number;
  readonly keyStart: number;
  readonly keyEnd: number;
}

interface Sizes {
  readonly B: number;
  readonly T: number;
  readonly S: number;
}

function isIntegers(x: Lengths | CuSeqlens): x is Integers {
  return "length" in x;
}

/** @throws ArgumentError unless it is a list of numbers, or one for queries and one for keys */
function checkKind(what: string, given: unknown): void {
  const isList = (x: unknown): boolean => Array.isArray(x) || x instanceof Int32Array;
  if (isList(given)) return;
  if (typeof given === "object" && given !== null && !("shape" in given)) {
    if (Object.values(given).every((part) => part === undefined || isList(part))) return;
  }
  throw new ArgumentError(
    `attention: ${what} must be a list of numbers, as [3, 5], or { queries, keys } of such lists (got ${describeValue(given)})`,
  );
}

function checkedLengths(what: string, lengths: Integers, count: number, most: number): void {
  if (lengths.length !== count) {
    throw new ShapeError(
      `attention: ${what} must have ${count} numbers, one a sequence (got ${lengths.length})`,
    );
  }
  for (const [i, length] of lengths.entries()) {
    if (Number.isInteger(length) && length >= 0 && length <= most) continue;
    throw new ArgumentError(`attention: ${what}[${i}] must be an integer of 0 to ${most} (got ${length})`);
  }
}

function padded(lengths: Lengths, { B, T, S }: Sizes): Sequence[][] {
  if (isIntegers(lengths) && T !== S) {
    throw new ShapeError(
      `attention: lengths alone are those of queries and keys, but T=${T} and S=${S}: give { keys } or { queries, keys }`,
    );
  }
  const { queries, keys } = isIntegers(lengths) ? { queries: lengths, keys: lengths } : lengths;
  if (queries === undefined && keys === undefined) {
    throw new ArgumentError("attention: lengths must have queries, keys or both (got {})");
  }
  const prefix = isIntegers(lengths) ? () => "lengths" : (part: string) => `lengths.${part}`;
  if (queries) checkedLengths(prefix("queries"), queries, B, T);
  if (keys) checkedLengths(prefix("keys"), keys, B, S);
  return Array.from({ length: B }, (_, b) => [
    { queryStart: 0, queryEnd: queries?.[b] ?? T, keyStart: 0, keyEnd: keys?.[b] ?? S },
  ]);
}

function checkedOffsets(what: string, offsets: Integers, total: number): void {
  if (offsets.length < 2 || offsets[0] !== 0 || offsets[offsets.length - 1] !== total) {
    const got = offsets.length > 4 ? [offsets[0], "..", offsets[offsets.length - 1]] : [...offsets];
    throw new ArgumentError(`attention: ${what} must go from 0 to ${total} (got [${got.join(", ")}])`);
  }
  for (const [i, offset] of offsets.entries()) {
    if (Number.isInteger(offset) && (i === 0 || offset >= offsets[i - 1])) continue;
    throw new ArgumentError(
      `attention: ${what} must be integers that do not fall (got ${offset} behind ${offsets[i - 1]} at ${i})`,
    );
  }
}

function packed(cuSeqlens: CuSeqlens, { B, T, S }: Sizes): Sequence[][] {
  if (B !== 1)
    throw new ShapeError(`attention: with cuSeqlens all sequences are in one batch item (got B=${B})`);
  const { queries, keys } = isIntegers(cuSeqlens) ? { queries: cuSeqlens, keys: cuSeqlens } : cuSeqlens;
  const prefix = isIntegers(cuSeqlens) ? () => "cuSeqlens" : (part: string) => `cuSeqlens.${part}`;
  checkedOffsets(prefix("queries"), queries, T);
  checkedOffsets(prefix("keys"), keys, S);
  if (queries.length !== keys.length) {
    throw new ShapeError(
      `attention: cuSeqlens of ${queries.length - 1} sequences of queries, and ${keys.length - 1} of keys`,
    );
  }
  return [
    Array.from({ length: queries.length - 1 }, (_, n) => ({
      queryStart: queries[n],
      queryEnd: queries[n + 1],
      keyStart: keys[n],
      keyEnd: keys[n + 1],
    })),
  ];
}

const between = (low: number, x: number, high: number): number => Math.min(Math.max(low, x), high);

/**
 * What each query may see, as kernels take it: `[B, T, 3]` of the first key, the key behind the last, and the query's
 * place among the keys.
 *
 * In a sequence that has keys up to `keyEnd` and queries up to `queryEnd`, query i stands at `i + keyEnd - queryEnd`:
 * its last query on its last key. Causality and windows count from there. Queries behind all sequences see nothing.
 *
 * @returns null without lengths and cuSeqlens
 * @throws ArgumentError, ShapeError for numbers that do not fit the shapes, and for both at once
 */
export function sequenceRanges(
  {
    lengths,
    cuSeqlens,
  }: { readonly lengths?: Lengths | undefined; readonly cuSeqlens?: CuSeqlens | undefined },
  qShape: readonly number[],
  kShape: readonly number[],
  { causal, windowLeft, windowRight }: AttentionAttrs,
): Int32Array | null {
  if (lengths === undefined && cuSeqlens === undefined) return null;
  if (lengths !== undefined && cuSeqlens !== undefined) {
    const shapes = `(q ${formatShape(qShape)}, k ${formatShape(kShape)})`;
    throw new ArgumentError(
      `attention: lengths are for padded sequences, cuSeqlens for packed ones; not both ${shapes}`,
    );
  }
  checkKind(lengths === undefined ? "cuSeqlens" : "lengths", lengths ?? cuSeqlens);
  const sizes = { B: qShape[0], T: qShape[2], S: kShape[2] };
  const sequences = cuSeqlens === undefined ? padded(lengths as Lengths, sizes) : packed(cuSeqlens, sizes);
  const { T } = sizes;
  const left = windowLeft < 0 ? Number.POSITIVE_INFINITY : windowLeft;
  const unlimited = windowRight < 0 ? Number.POSITIVE_INFINITY : windowRight;
  const right = causal ? Math.min(0, unlimited) : unlimited;
  const ranges = new Int32Array(sizes.B * T * 3);
  let at = 0;
  for (const own of sequences) {
    for (const { queryStart, queryEnd, keyStart, keyEnd } of own) {
      for (let i = queryStart; i < queryEnd; i++) {
        const place = i + keyEnd - queryEnd;
        const end = between(keyStart, place + right + 1, keyEnd);
        ranges[at++] = between(keyStart, place - left, end);
        ranges[at++] = end;
        ranges[at++] = place;
      }
    }
    const { queryEnd, keyEnd } = own[own.length - 1];
    for (let i = queryEnd; i < T; i++) {
      ranges[at++] = keyEnd;
      ranges[at++] = keyEnd;
      ranges[at++] = i + keyEnd - queryEnd;
    }
  }
  return ranges;
}
