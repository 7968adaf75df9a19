import * as core from "@saccade/core";
import { at, type CallArgs, type FunctionTable, numberAt, numbersFrom, self } from "../call-args.ts";
import { asNumber, type Value } from "../values.ts";

type Shaped = (shape: readonly number[]) => core.Tensor;

const byShape =
  (fn: Shaped) =>
  (args: CallArgs): core.Tensor =>
    fn(numbersFrom(args, 0, "size"));
const like =
  (value: number) =>
  (args: CallArgs): core.Tensor =>
    core.full(numbersFrom(args, 1, "size"), value, { dtype: self(args).dtype });

type Nested = number | boolean | readonly Nested[];

/** Nested lists of numbers, and all of them in a row. */
function nested(value: Value | undefined): Nested {
  if (Array.isArray(value)) return value.map((item: Value) => nested(item));
  return typeof value === "boolean" ? value : asNumber(value, "an element");
}
const flat = (value: Nested): readonly (number | boolean)[] =>
  typeof value === "object" ? value.flatMap(flat) : [value];

/** Tensors made of numbers. Numbers that are whole make integers. */
export const creationFunctions: FunctionTable = {
  arange(args) {
    const given = args.positional.map((value) => asNumber(value, "a bound"));
    const [start, end, step = 1] = given.length === 1 ? [0, ...given] : given;
    return core.arange(start, end, step, { dtype: given.every(Number.isInteger) ? "i32" : "f32" });
  },
  eye: (args) => core.diag(core.ones([numberAt(args, 0, "n", 1)])),
  full: (args) =>
    core.full(
      numbersFrom({ ...args, positional: args.positional.slice(0, 1) }, 0, "size"),
      numberAt(args, 1, "fill_value", 0),
    ),
  linspace: (args) =>
    core.linspace(
      numberAt(args, 0, "start", 0),
      numberAt(args, 1, "end", 1),
      numberAt(args, 2, "steps", 100),
    ),
  new_ones: like(1),
  new_zeros: like(0),
  ones: byShape(core.ones),
  tensor(args) {
    const data = nested(at(args, 0, "data"));
    const whole = flat(data).every((value) => typeof value === "number" && Number.isInteger(value));
    return core.tensor(data, whole ? { dtype: "i32" } : {});
  },
  zeros: byShape(core.zeros),
};
