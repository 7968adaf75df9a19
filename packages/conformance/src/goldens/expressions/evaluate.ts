import * as core from "@saccade/core";
import { Tensor } from "@saccade/core";
import { SkipCase } from "../skip.ts";
import { aliases, functions } from "./functions/index.ts";
import { indexValue } from "./index-value.ts";
import type { Expression } from "./parse.ts";
import { describe, type Value } from "./values.ts";

export type Environment = Readonly<Record<string, Value>>;

/** Names that only say where a function lives: `torch.cat`, `F.softmax`. */
const NAMESPACES = new Set(["torch", "F", "nn", "functional", "np", "math"]);
const NESTED = new Set(["functional", "linalg", "nn", "special"]);

const constants: Environment = {
  None: null,
  True: true,
  False: false,
  inf: Number.POSITIVE_INFINITY,
  nan: Number.NaN,
  pi: Math.PI,
};

type Operand = Tensor | number;
type Arithmetic = (a: Operand, b: Operand) => Tensor;
const numeric: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => a - b * Math.floor(a / b),
  "**": (a, b) => a ** b,
  "^": (a, b) => a ** b,
  "<": (a, b) => Number(a < b),
  ">": (a, b) => Number(a > b),
  "<=": (a, b) => Number(a <= b),
  ">=": (a, b) => Number(a >= b),
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
};

/** Bits of integers, else truth values; `^` is what mathematics has for a power where no integers are. */
const isInteger = (a: Operand): boolean => a instanceof Tensor && a.dtype === "i32";
const bitwise =
  (bits: Arithmetic, otherwise: Arithmetic): Arithmetic =>
  (a, b) =>
    (isInteger(a) || isInteger(b) ? bits : otherwise)(a, b);
const xor = bitwise(core.bitXor, (a, b) =>
  a instanceof Tensor && a.dtype === "u8" ? core.logicalXor(a, b) : core.pow(a, b),
);

const tensorial: Readonly<Record<string, Arithmetic>> = {
  "+": core.add,
  "-": core.sub,
  "*": core.mul,
  "/": core.div,
  "//": core.floorDiv,
  "%": core.remainder,
  "**": core.pow,
  "<": core.lt,
  ">": core.gt,
  "<=": core.le,
  ">=": core.ge,
  "==": core.eq,
  "!=": core.ne,
  "&": bitwise(core.bitAnd, core.logicalAnd),
  "|": bitwise(core.bitOr, core.logicalOr),
  "^": xor,
  "<<": core.shiftLeft,
  ">>": core.shiftRight,
  "@": (a, b) => core.matmul(a as Tensor, b as Tensor),
};

function isOperand(value: Value): value is Operand {
  return value instanceof Tensor || typeof value === "number";
}

function applyBinary(operator: string, left: Value, right: Value): Value {
  if (typeof left === "number" && typeof right === "number" && numeric[operator])
    return numeric[operator](left, right);
  if (isOperand(left) && isOperand(right) && tensorial[operator]) return tensorial[operator](left, right);
  throw new Error(`${describe(left)} ${operator} ${describe(right)} cannot be computed`);
}

function applyUnary(operator: string, value: Value): Value {
  if (operator === "+") return value;
  if (typeof value === "number" && operator === "-") return -value;
  if (value instanceof Tensor && operator === "-") return core.neg(value);
  if (value instanceof Tensor) return isInteger(value) ? core.bitNot(value) : core.logicalNot(value);
  throw new Error(`${operator}${describe(value)} cannot be computed`);
}

function callByName(
  name: string,
  positional: readonly Value[],
  keywords: Readonly<Record<string, Value>>,
): Value {
  const fn = functions[aliases[name] ?? name];
  if (!fn) throw new SkipCase(`the expression calls ${name}(), which the evaluator does not know`);
  return fn({ positional, keywords });
}

/** Whether names below it only say where a function lives: `torch`, `torch.linalg`, `torch.nn.functional`. */
function isNamespace(expression: Expression, environment: Environment): boolean {
  if (expression.kind === "member")
    return NESTED.has(expression.name) && isNamespace(expression.object, environment);
  if (expression.kind !== "name" || Object.hasOwn(environment, expression.name)) return false;
  return NAMESPACES.has(expression.name);
}

/** Attributes that are values. */
function memberOf(object: Value, name: string): Value {
  if (object instanceof Tensor) {
    if (name === "T")
      return core.permute(
        object,
        object.shape.map((_, d) => object.rank - 1 - d),
      );
    if (name === "mT") return core.transpose(object);
    if (name === "shape") return object.shape;
    if (name === "ndim") return object.rank;
  }
  // What PyTorch gives as a named tuple is a list here.
  const position = ["values", "indices"].indexOf(name);
  if (Array.isArray(object) && position !== -1) return object[position] as Value;
  throw new SkipCase(`the expression reads .${name}, which the evaluator does not know`);
}

/** The value of an expression. @throws SkipCase for a function that is not known, Error for what cannot be computed */
export function evaluate(expression: Expression, environment: Environment): Value {
  const value = (each: Expression): Value => evaluate(each, environment);
  switch (expression.kind) {
    case "number":
    case "text":
      return expression.value;
    case "name": {
      if (Object.hasOwn(environment, expression.name)) return environment[expression.name];
      if (Object.hasOwn(constants, expression.name)) return constants[expression.name];
      throw new Error(`the expression names ${expression.name}, which the case has not`);
    }
    case "ellipsis":
      throw new Error("an ellipsis stands in an index");
    case "list":
      return expression.items.map(value);
    case "unary":
      return applyUnary(expression.operator, value(expression.operand));
    case "choice":
      return value(value(expression.condition) ? expression.yes : expression.no);
    case "binary":
      return applyBinary(expression.operator, value(expression.left), value(expression.right));
    case "member":
      // `torch.float32` is its own name.
      if (isNamespace(expression.object, environment)) return constants[expression.name] ?? expression.name;
      return memberOf(value(expression.object), expression.name);
    case "index":
      return indexValue(value(expression.object), expression.items, value);
    case "call": {
      const { callee, args } = expression;
      const positional = args.filter(({ name }) => name === null).map((arg) => value(arg.value));
      const keywords = Object.fromEntries(
        args.flatMap((arg) => (arg.name === null ? [] : [[arg.name, value(arg.value)]])),
      );
      if (callee.kind === "name") return callByName(callee.name, positional, keywords);
      if (callee.kind !== "member") throw new Error("only functions and methods can be called");
      const self = isNamespace(callee.object, environment) ? [] : [value(callee.object)];
      return callByName(callee.name, [...self, ...positional], keywords);
    }
  }
}
