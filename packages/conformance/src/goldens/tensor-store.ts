import { readFileSync } from "node:fs";
import { type Backend, type Tensor, tensor } from "@saccade/core";
import {
  decodeToBigInt64,
  decodeToFloat64,
  decodeToInt32,
  decodeToUint8,
  parseSafetensors,
  type TensorEntry,
} from "@saccade/core/safetensors";
import { SkipCase } from "./skip.ts";

/** What a stored tensor is for comparisons: numbers, compared within a tolerance; integers and masks, exactly. */
export type Kind = "float" | "integer" | "mask";

/** A stored tensor, as numbers. */
export interface Stored {
  readonly kind: Kind;
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

function kindOf({ name, dtype }: TensorEntry): Kind {
  if (dtype === "BOOL") return "mask";
  if (dtype === "I64" || dtype === "I32" || dtype === "U8") return "integer";
  if (dtype === "F32" || dtype === "F64" || dtype === "F16" || dtype === "BF16") return "float";
  throw new SkipCase(`${name} is ${dtype}`);
}

/** Integers that a tensor cannot hold are a reason to skip, not an error. */
function requireSmall(entry: TensorEntry): void {
  if (entry.dtype !== "I64") return;
  const large = decodeToBigInt64(entry).find((value) => value < -(2n ** 31n) || value >= 2n ** 31n);
  if (large !== undefined)
    throw new SkipCase(`needs 64-bit integers (${large} in ${entry.name}); integer tensors are i32`);
}

/** The tensors of safetensors files; each file is read once. */
export class TensorStore {
  private readonly files = new Map<string, ReadonlyMap<string, TensorEntry>>();

  /** Every tensor of a file, by name. */
  file(path: string): ReadonlyMap<string, TensorEntry> {
    let tensors = this.files.get(path);
    if (!tensors) {
      tensors = parseSafetensors(readFileSync(path)).tensors;
      this.files.set(path, tensors);
    }
    return tensors;
  }

  has(path: string, key: string): boolean {
    return this.file(path).has(key);
  }

  /** @throws Error if it is not there; SkipCase if it cannot be a tensor of ours */
  read(path: string, key: string): Stored {
    const entry = this.entry(path, key);
    const kind = kindOf(entry);
    requireSmall(entry);
    return { kind, shape: entry.shape, values: decodeToFloat64(entry) };
  }

  /** As a tensor on a backend: floats in `float`, integers as i32, booleans as u8. */
  tensor(path: string, key: string, backend: Backend, float: "f32" | "f64"): Tensor {
    const entry = this.entry(path, key);
    const options = { backend, shape: entry.shape };
    switch (kindOf(entry)) {
      case "mask":
        return tensor(decodeToUint8(entry), options);
      case "integer":
        requireSmall(entry);
        return tensor(decodeToInt32(entry), options);
      case "float":
        return tensor(decodeToFloat64(entry), { ...options, dtype: float });
    }
  }

  private entry(path: string, key: string): TensorEntry {
    const entry = this.file(path).get(key);
    if (!entry) throw new Error(`${path} has no tensor "${key}"`);
    return entry;
  }
}
