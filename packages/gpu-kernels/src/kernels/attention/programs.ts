/** WGSL of programs of scalars (`score-program.ts` of core): what the caller's own functions do to scores. */
import type { DType, ScoreProgram, ScoreSource, ScoreStep, View } from "@saccade/core/backend";
import { load } from "../../wgsl/operand.ts";
import type { Uniforms } from "../../wgsl/uniforms.ts";
import { binaryOfFloats } from "../binary.ts";
import type { ScalarFunction } from "../scalar-row.ts";
import { unaryOfFloat } from "../unary.ts";

type LoadStep = Extract<ScoreStep, { readonly op: "load" }>;

/** Parameters of the functions: where the score is among all, its query's place, and the score. */
const PARAMETERS = "b: i32, h: i32, i: i32, place: i32, j: i32, s: f32";

/** The parameters that are whole numbers. */
const wholes: { readonly [S in Exclude<ScoreSource, "score">]: string } = {
  batch: "b",
  head: "h",
  query: "i",
  key: "j",
  place: "place",
};

function isWhole(op: string): op is keyof typeof wholes {
  return op in wholes;
}

/** Shaders and their keys call a program by a short name; equal ones by the same. */
const names = new Map<string, number>();

export function nameOf(program: ScoreProgram | null): string {
  if (program === null) return "-";
  const known = names.get(program.key) ?? names.size;
  names.set(program.key, known);
  return `f${known}`;
}

/** Steps that the first `results` results are made from. */
function liveSteps({ steps, results }: ScoreProgram, count: number): ReadonlySet<number> {
  const live = new Set(results.slice(0, count));
  for (let n = steps.length - 1; n >= 0; n--)
    if (live.has(n)) for (const from of operandsOf(steps[n])) live.add(from);
  return live;
}

function operandsOf(step: ScoreStep): readonly number[] {
  if ("x" in step) return [step.x];
  if ("cond" in step) return [step.cond, step.a, step.b];
  if ("a" in step) return [step.a, step.b];
  return "indices" in step ? step.indices : [];
}

/** Numbers of the captured tensors that the first `results` results are made from. */
export function capturedBy(program: ScoreProgram, results: number): readonly number[] {
  const live = liveSteps(program, results);
  return program.steps.flatMap((step, n) => (step.op === "load" && live.has(n) ? [step.tensor] : []));
}

/** What a captured tensor is bound as. */
export function capturedName(tensor: number): string {
  return `captured${tensor}`;
}

export function isCaptured(name: string): boolean {
  return name.startsWith("captured");
}

/** Sizes of a captured tensor; offset and strides are those of every operand. */
export function setCapturedSizes(u: Uniforms, name: string, { shape }: View): void {
  for (let d = 0; d < shape.length; d++) u.i32(`${name}_n${d}`, shape[d]);
}

/** The function that an op of one or two values is. */
function functionOf(step: ScoreStep): ScalarFunction | undefined {
  if ("x" in step) return unaryOfFloat(step.op);
  return "a" in step && step.op !== "where" ? binaryOfFloats(step.op) : undefined;
}

/** The library functions that a program calls. */
export function programLibrary({ steps }: ScoreProgram): readonly string[] {
  return ["isNan", "magnitude", ...steps.flatMap((step) => functionOf(step)?.uses() ?? [])];
}

/** The place in a dimension that a value names, as a cast has it: truncated, 0 of NaN; what is no i32 is below 0. */
export const placeNamed = `fn placeNamed(x: f32) -> i32 {
  return select(select(-1, i32(x), magnitude(x) < 2147483648.0), 0, isNan(x));
}
`;

/** `fn NAME(...)`: the program's result, or the vector of its first two. */
export function programFunction(
  name: string,
  program: ScoreProgram,
  results: 1 | 2,
  dtypeOf: (captured: string) => DType,
): string {
  const { steps } = program;
  const live = liveSteps(program, results);
  const lines = steps.map((step, n) => {
    if (!live.has(n)) return "";
    if (step.op === "load") return loaded(`v${n}`, step, steps, dtypeOf);
    return `  let v${n} = ${expressionOf(step)};\n`;
  });
  const values = program.results.slice(0, results).map((n) => `v${n}`);
  const [type, value] = results === 1 ? ["f32", values[0]] : ["vec2<f32>", `vec2<f32>(${values})`];
  return `fn ${name}(${PARAMETERS}) -> ${type} {\n${lines.join("")}  return ${value};\n}\n`;
}

function expressionOf(step: Exclude<ScoreStep, LoadStep>): string {
  if (step.op === "score") return "s";
  if (step.op === "constant") return constant(step.value);
  if (step.op === "where")
    return `select(v${step.b}, v${step.a}, v${step.cond} != 0.0 || isNan(v${step.cond}))`;
  if (isWhole(step.op)) return `f32(${wholes[step.op]})`;
  const expression = functionOf(step)?.expression ?? "";
  const operands: Readonly<Record<string, unknown>> = { ...step };
  return `f32(${expression.replace(/\b[abx]\b/g, (name) => `v${operands[name]}`)})`;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Exactly this number, which compilers may not know to be infinite or NaN. */
function constant(value: number): string {
  float[0] = value;
  if (Number.isNaN(float[0])) return "nan()";
  if (!Number.isFinite(float[0])) return float[0] > 0 ? "infinity()" : "-infinity()";
  return `bitcast<f32>(${bits[0]}u)`;
}

/** Declares an element of a captured tensor, or what is outside of it; memory beyond it is never touched. */
function loaded(
  value: string,
  { tensor, indices }: LoadStep,
  steps: readonly ScoreStep[],
  dtypeOf: (captured: string) => DType,
): string {
  const name = capturedName(tensor);
  const dtype = dtypeOf(name);
  const places = indices.map((n, d) => {
    const { op } = steps[n];
    return `  let ${value}_${d} = ${isWhole(op) ? wholes[op] : `placeNamed(v${n})`};\n`;
  });
  const inside = indices.map((_, d) => `u32(${value}_${d}) < u32(P.${name}_n${d})`);
  const terms = [`P.${name}_o`, ...indices.map((_, d) => `${value}_${d} * P.${name}_${d}`)];
  const element = load(name, dtype, `select(P.${name}_o, ${terms.join(" + ")}, ${value}_in)`);
  return `${places.join("")}  let ${value}_in = ${inside.join(" && ") || "true"};
  let ${value} = select(${dtype === "i32" ? "0.0" : "nan()"}, f32(${element}), ${value}_in);
`;
}
