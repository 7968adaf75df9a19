import { readFileSync } from "node:fs";
import { type Tensor, tensor } from "@saccade/core";
import {
  decodeToFloat32,
  decodeToUint8,
  parseSafetensors,
  type TensorEntry,
} from "@saccade/core/safetensors";

/** What PyTorch computed for one case, and how closely to meet it. */
export interface GoldenCase {
  readonly name: string;
  readonly config: Readonly<Record<string, number | boolean | string | readonly number[]>>;
  /** The names of the tensors that begin so: `in/`, `param/`, `out/`, `gout/`, `grad/`. */
  names(start: string): string[];
  has(name: string): boolean;
  /** f32, or u8 for booleans; in the current scope. */
  tensor(name: string): Tensor;
  /** @throws Error with the place and the numbers unless `|actual - expected| <= atol + rtol |expected|` */
  check(name: string, actual: ArrayLike<number>): void;
}

interface CaseMetadata {
  readonly config: GoldenCase["config"];
  readonly atol: number;
  readonly rtol: number;
}

function decode(entry: TensorEntry): Float32Array | Uint8Array {
  return entry.dtype === "BOOL" ? decodeToUint8(entry) : decodeToFloat32(entry);
}

/**
 * The cases of a fixture: a safetensors file of tensors named `case/kind/name`, its metadata `cases` the JSON of
 * configurations and tolerances.
 */
export function goldenCases(file: URL): ReadonlyMap<string, GoldenCase> {
  const { metadata, tensors } = parseSafetensors(readFileSync(file));
  const described = JSON.parse(metadata?.cases ?? "{}") as Record<string, CaseMetadata>;
  return new Map(
    Object.entries(described).map(([name, { config, atol, rtol }]) => {
      const entry = (path: string): TensorEntry => {
        const found = tensors.get(`${name}/${path}`);
        if (!found) throw new Error(`golden ${name}: there is no ${path}`);
        return found;
      };
      const golden: GoldenCase = {
        name,
        config,
        names: (start) =>
          [...tensors.keys()]
            .filter((path) => path.startsWith(`${name}/${start}`))
            .map((path) => path.slice(name.length + 1)),
        has: (path) => tensors.has(`${name}/${path}`),
        tensor: (path) => tensor(decode(entry(path)), { shape: entry(path).shape }),
        check: (path, actual) => compare(`${name}/${path}`, actual, decode(entry(path)), atol, rtol),
      };
      return [name, golden];
    }),
  );
}

function compare(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  atol: number,
  rtol: number,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`golden ${what}: ${actual.length} elements, expected ${expected.length}`);
  }
  for (let i = 0; i < expected.length; i++) {
    if (Math.abs(actual[i] - expected[i]) <= atol + rtol * Math.abs(expected[i])) continue;
    throw new Error(`golden ${what}: element ${i} is ${actual[i]}, expected ${expected[i]}`);
  }
}
