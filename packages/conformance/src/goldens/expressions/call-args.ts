import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import { asNumber, asNumbers, asTensor, type Value } from "./values.ts";

/** Arguments of a call: by position (of a method, the tensor first) and by keyword. */
export interface CallArgs {
  readonly positional: readonly Value[];
  readonly keywords: Readonly<Record<string, Value>>;
}

/** A function of PyTorch's, as expressions call it. */
export type PythonFunction = (args: CallArgs) => Value;
export type FunctionTable = Readonly<Record<string, PythonFunction>>;

/** The argument at a position or of a name. */
export function at(
  { positional, keywords }: CallArgs,
  position: number,
  ...names: readonly string[]
): Value | undefined {
  return positional[position] ?? names.map((name) => keywords[name]).find((value) => value !== undefined);
}

export function self(args: CallArgs): Tensor {
  return asTensor(at(args, 0, "input", "self"), "the first argument");
}

export function tensorAt(args: CallArgs, position: number, ...names: readonly string[]): Tensor {
  return asTensor(at(args, position, ...names), names[0]);
}

export function optionalTensor(args: CallArgs, position: number, name: string): Tensor | null {
  const value = at(args, position, name) ?? null;
  return value === null ? null : asTensor(value, name);
}

export function numberAt(args: CallArgs, position: number, name: string, otherwise: number): number {
  const value = at(args, position, name);
  return value === undefined || value === null ? otherwise : asNumber(value, name);
}

/** `x.permute(2, 0, 1)` and `x.permute((2, 0, 1))`. */
export function numbersFrom(args: CallArgs, position: number, name: string): number[] {
  const rest = args.positional.slice(position);
  if (rest.length > 1) return rest.map((value) => asNumber(value, name));
  return asNumbers(at(args, position, name), name);
}

/** One number, several, or none. */
export function maybeNumbers(args: CallArgs, position: number, name: string): number | number[] | undefined {
  const value = at(args, position, name);
  if (value === undefined || value === null) return undefined;
  return typeof value === "number" ? value : asNumbers(value, name);
}

/** One axis, or none. */
export function maybeAxis(args: CallArgs, position: number, name = "dim"): number | undefined {
  const value = at(args, position, name);
  return value === undefined || value === null ? undefined : asNumber(value, name);
}

export function tensorsAt(args: CallArgs, position: number, name = "tensors"): Tensor[] {
  const value = at(args, position, name);
  if (!Array.isArray(value))
    return args.positional.slice(position).map((item) => asTensor(item, "an element"));
  return value.map((item: Value) => asTensor(item, "an element"));
}

export function keepDims(args: CallArgs, position: number): { readonly keepDims: boolean } {
  return { keepDims: at(args, position, "keepdim") === true };
}

export function operandAt(args: CallArgs, position: number, name: string): core.Operand {
  const value = at(args, position, name);
  return typeof value === "number" ? value : asTensor(value, name);
}

/** An index, also as a list of numbers. */
export function indexAt(args: CallArgs, position: number, name = "index"): Tensor {
  const value = at(args, position, name);
  return Array.isArray(value) ? core.tensor(asNumbers(value, name), { dtype: "i32" }) : asTensor(value, name);
}

/** Functions of one tensor. Some are given numbers, too: those of a schedule. */
export function unaryTable(table: Readonly<Record<string, (x: Tensor) => Tensor>>): FunctionTable {
  const ofNumber = Math as unknown as Readonly<Record<string, (x: number) => number>>;
  return Object.fromEntries(
    Object.entries(table).map(([name, fn]) => [
      name,
      (args: CallArgs) => {
        const first = at(args, 0, "input", "self");
        return typeof first === "number" && Object.hasOwn(Math, name)
          ? ofNumber[name](first)
          : fn(self(args));
      },
    ]),
  );
}

/** Functions of a tensor and an axis, by default the last. */
export function axisTable(
  table: Readonly<Record<string, (x: Tensor, axis: number) => Value>>,
): FunctionTable {
  return Object.fromEntries(
    Object.entries(table).map(([name, fn]) => [
      name,
      (args: CallArgs) => fn(self(args), numberAt(args, 1, "dim", -1)),
    ]),
  );
}

/** Functions of two operands, one of which may be a number. */
export function binaryTable(
  table: Readonly<Record<string, (a: core.Operand, b: core.Operand) => Tensor>>,
): FunctionTable {
  return Object.fromEntries(
    Object.entries(table).map(([name, fn]) => [
      name,
      (args: CallArgs) => fn(operandAt(args, 0, "input"), operandAt(args, 1, "other")),
    ]),
  );
}
