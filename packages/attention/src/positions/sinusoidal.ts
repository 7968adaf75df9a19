import { ArgumentError, type Backend, type Tensor, tensor } from "@saccade/core";

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

/** Row p of the table, into `row`. */
function fillRow(row: Float32Array, position: number, width: number, form: SinusoidForm, base: number): void {
  const half = Math.floor(width / 2);
  if (form === "interleaved") {
    for (let d = 0; d < width; d++) {
      const angle = position / base ** ((2 * Math.floor(d / 2)) / width);
      row[d] = d % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }
    return;
  }
  for (let i = 0; i < half; i++) {
    const scale = form === "tensor2tensor" ? base ** (i / Math.max(half - 1, 1)) : base ** ((2 * i) / width);
    row[i] = Math.sin(position / scale);
    row[half + i] = Math.cos(position / scale);
  }
}

/**
 * Sinusoidal positional encodings `[length, width]`, computed in f64: constants to add to embeddings.
 *
 * @throws ArgumentError for a negative length, or an odd width where halves are needed
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.5
 * @example const pe = sinusoidalPositions(50, 16); // [50, 16]
 */
export function sinusoidalPositions(
  length: number,
  width: number,
  options: SinusoidOptions & { readonly backend?: Backend } = {},
): Tensor {
  const table = sinusoidTable(length, width, options);
  return tensor(table, { shape: [length, width], ...(options.backend ? { backend: options.backend } : {}) });
}

/** The same as plain numbers, row-major. */
export function sinusoidTable(length: number, width: number, options: SinusoidOptions = {}): Float32Array {
  const { form = "interleaved", base = 10000, start = 0 } = options;
  if (!Number.isInteger(length) || length < 0)
    throw new ArgumentError(`sinusoidalPositions: length must be a non-negative integer (got ${length})`);
  if (!Number.isInteger(width) || width < 1)
    throw new ArgumentError(`sinusoidalPositions: width must be a positive integer (got ${width})`);
  if (form !== "interleaved" && width % 2 !== 0)
    throw new ArgumentError(`sinusoidalPositions: the ${form} form needs an even width (got ${width})`);
  const table = new Float32Array(length * width);
  for (let p = 0; p < length; p++)
    fillRow(table.subarray(p * width, (p + 1) * width), start + p, width, form, base);
  return table;
}
