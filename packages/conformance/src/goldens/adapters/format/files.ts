import { readFileSync } from "node:fs";
import {
  decodeToBigInt64,
  decodeToFloat64,
  parseSafetensors,
  type SafetensorsDtype,
  SafetensorsError,
  type TensorEntry,
} from "@saccade/core/safetensors";
import { Config, type Json } from "../../config.ts";
import type { Handler } from "../../context.ts";

/** PyTorch's names of dtypes. */
const DTYPES: Readonly<Record<string, SafetensorsDtype>> = {
  bfloat16: "BF16",
  bool: "BOOL",
  float16: "F16",
  float32: "F32",
  float64: "F64",
  float8_e4m3fn: "F8_E4M3",
  float8_e4m3fnuz: "F8_E4M3FNUZ",
  float8_e5m2: "F8_E5M2",
  float8_e5m2fnuz: "F8_E5M2FNUZ",
  int8: "I8",
  int16: "I16",
  int32: "I32",
  int64: "I64",
  uint8: "U8",
  uint16: "U16",
  uint32: "U32",
  uint64: "U64",
};

/** An element as the list writes it: infinities, NaN and 64-bit integers are strings. */
function show(value: number | bigint): string {
  return typeof value === "bigint" ? String(value) : Object.is(value, -0) ? "-0" : String(value);
}

function showWanted(value: Json): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (value === "inf" || value === "-inf") return value === "inf" ? "Infinity" : "-Infinity";
  if (value === "nan") return "NaN";
  return typeof value === "number" ? show(value) : String(value);
}

/** Every element exactly. */
function elements(tensor: TensorEntry): string[] {
  if (tensor.dtype === "I64" || tensor.dtype === "U64") return Array.from(decodeToBigInt64(tensor), show);
  return Array.from(decodeToFloat64(tensor), show);
}

/** Whether metadata is what is wanted; null is none. */
function sameMetadata(got: unknown, want: Json): boolean {
  const sorted = (value: unknown): string => JSON.stringify(Object.entries((value ?? {}) as object).sort());
  return sorted(got) === sorted(want);
}

/** A file that everyone must read: names, dtypes, shapes and every element, exactly. */
export const validFile: Handler = async (context) => {
  const { path, entry } = context.golden;
  const { metadata, tensors } = parseSafetensors(readFileSync(path));
  if (!sameMetadata(metadata, entry.values.metadata ?? null))
    context.fail("metadata", `is ${JSON.stringify(metadata)}`);
  const wanted = entry.section("tensors").values;
  const [names, given] = [Object.keys(wanted).sort(), [...tensors.keys()].sort()];
  if (names.join("\n") !== given.join("\n"))
    context.fail("names", `are ${given.join(", ")} instead of ${names.join(", ")}`);
  for (const [name, tensor] of tensors) {
    const want = new Config(wanted[name] as Readonly<Record<string, Json>> | undefined);
    const dtype = DTYPES[want.string("dtype")] ?? want.string("dtype");
    const type = `${dtype} [${want.numbers("shape").join(",")}]`;
    const got = `${tensor.dtype} [${tensor.shape.join(",")}]`;
    if (type !== got) context.fail(name, `is ${got} instead of ${type}`);
    const values = (want.values.values as readonly Json[]).map(showWanted);
    const at = elements(tensor).findIndex((value, i) => value !== values[i]);
    if (at !== -1) context.fail(name, `element ${at} is ${elements(tensor)[at]} instead of ${values[at]}`);
  }
};

/** A file on which the official reader has a verdict: the same one is wanted. */
export const brokenFile: Handler = async (context) => {
  const { path, entry } = context.golden;
  const accepts = entry.string("official") === "accepts";
  // Where a name occurs twice, the list allows either verdict.
  const either = /duplicate_key/.test(path);
  try {
    const names = [...parseSafetensors(readFileSync(path)).tensors.keys()].sort();
    if (!accepts && !either)
      context.fail("verdict", `was read (${names.join(", ")}), but the official reader rejects it`);
    const wanted = entry.values.tensors;
    if (accepts && Array.isArray(wanted) && [...wanted].sort().join() !== names.join()) {
      context.fail("names", `are ${names.join(", ")} instead of ${wanted.join(", ")}`);
    }
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    if (accepts)
      context.fail("verdict", `was rejected (${error.message}), but the official reader accepts it`);
  }
};
