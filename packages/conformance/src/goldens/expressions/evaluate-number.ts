import type { Json } from "../config.ts";
import { evaluate } from "./evaluate.ts";
import { parseExpression } from "./parse.ts";
import { asNumber, type Value } from "./values.ts";

/** The value of a formula of numbers, such as `min(1, (t + 1) / 8)`. */
export function evaluateNumber(text: string, variables: Readonly<Record<string, Json>>): number {
  const numbers = Object.entries(variables).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number",
  );
  const environment: Record<string, Value> = Object.fromEntries(numbers);
  return asNumber(evaluate(parseExpression(text), environment), text);
}
