import {
  ArgumentError,
  type CreationOptions,
  type OptionNames,
  requireKnown,
  type Tensor,
  tensor,
} from "@saccade/core";

/**
 * Which of the published forms:
 * - `interleaved`: `PE[p, 2i] = sin(p / 10000^(2i/D))`, `PE[p, 2i+1] = cos(same)` (Vaswani et al. 2017, section 3.5);
 * - `tensor2tensor`: the sine half, then the cosine half, time scales `10000^(i / (D/2 - 1))` (also fairseq, Whisper);
 * - `transformer-xl`: the sine half, then the cosine half, `10000^(2i/D)` (Dai et al. 2019, XLNet).
 */
export type SinusoidForm = "interleaved" | "tensor2tensor" | "transformer-xl";

export interface SinusoidOptions {
  /** Default "interleaved". */
  readonly form?: SinusoidForm;
  /** Base of the time scales; default 10000. */
  readonly base?: number;
  /** Position of the first row; default 0. */
  readonly start?: number;
}

const optionNames: OptionNames<SinusoidOptions> = { form: true, base: true, start: true };

/** The exponent of the base in the time scale of frequency i, of a table of that width. */
const exponents: { readonly [F in SinusoidForm]: (i: number, width: number) => number } = {
  interleaved: (i, width) => (2 * i) / width,
  tensor2tensor: (i, width) => i / Math.max(width / 2 - 1, 1),
  "transformer-xl": (i, width) => (2 * i) / width,
};

function checkArguments(owner: string, length: number, width: number, options: SinusoidOptions): void {
  requireKnown(owner, options, optionNames);
  const { form = "interleaved", base = 10000, start = 0 } = options;
  if (!Number.isInteger(length) || length < 0) {
    throw new ArgumentError(`${owner}: length must be a non-negative integer (got ${length})`);
  }
  if (!Number.isInteger(width) || width < 1) {
    throw new ArgumentError(`${owner}: width must be a positive integer (got ${width})`);
  }
  if (!Object.hasOwn(exponents, form)) {
    throw new ArgumentError(`${owner}: unknown form "${form}" (known: ${Object.keys(exponents).join(", ")})`);
  }
  if (form !== "interleaved" && width % 2 !== 0) {
    throw new ArgumentError(`${owner}: the ${form} form needs an even width (got ${width})`);
  }
  if (!(base > 0 && Number.isFinite(base))) {
    throw new ArgumentError(`${owner}: base must be positive and finite (got ${base})`);
  }
  if (!Number.isFinite(start)) throw new ArgumentError(`${owner}: start must be finite (got ${start})`);
}

/**
 * Sinusoidal positional encodings, computed in f64: constants to add to embeddings.
 *
 * @param length  positions, rows of the table
 * @param width  of the embeddings, `D`; even for the forms in halves
 * @returns `[length, width]`
 * @throws ArgumentError for an option that is unknown, or an argument out of range
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.5
 * @example sinusoidalPositions(2, 4); // => [[0, 1, 0, 1], [0.8415, 0.5403, 0.01, 0.99995]]
 */
export function sinusoidalPositions(
  length: number,
  width: number,
  options: SinusoidOptions & CreationOptions = {},
): Tensor {
  const { dtype = "f32", backend, ...sinusoid } = options;
  const table = sinusoidTable("sinusoidalPositions", length, width, sinusoid);
  return tensor(table, { shape: [length, width], dtype, ...(backend ? { backend } : {}) });
}

/** The same as plain numbers, row-major. `owner` begins the messages of errors. */
export function sinusoidTable(
  owner: string,
  length: number,
  width: number,
  options: SinusoidOptions = {},
): Float64Array {
  checkArguments(owner, length, width, options);
  const { form = "interleaved", base = 10000, start = 0 } = options;
  const table = new Float64Array(length * width);
  for (let d = 0; d < width; d++) {
    const [i, cosine] = form === "interleaved" ? [d >> 1, d % 2 === 1] : halves(d, width);
    const timescale = base ** exponents[form](i, width);
    for (let p = 0; p < length; p++) {
      const angle = (start + p) / timescale;
      table[p * width + d] = cosine ? Math.cos(angle) : Math.sin(angle);
    }
  }
  return table;
}

/** The frequency of column d, and whether it is a cosine: sines come first. */
function halves(d: number, width: number): [number, boolean] {
  const half = width / 2;
  return d < half ? [d, false] : [d - half, true];
}
