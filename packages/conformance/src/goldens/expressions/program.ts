import { ones, type Tensor, vjp } from "@saccade/core";
import { evaluate } from "./evaluate.ts";
import { type Expression, parseExpression } from "./parse.ts";
import { asTensor, type Value } from "./values.ts";

/** Formulas that cases describe in words. */
const IN_WORDS: Readonly<Record<string, string>> = {
  "pairwise squared distances": "((x[:, None] - x[None])**2).sum(-1)",
};

interface Statement {
  /** The variable that it sets; null for the last value. */
  readonly name: string | null;
  /** The variable by which the expression (a scalar) is differentiated. */
  readonly derivativeOf: string | null;
  readonly expression: Expression;
}

/** Takes away what is said about a formula: `(same tensor twice)`, `with negative indices`, `grad is of ...`. */
function withoutProse(text: string): string {
  return text
    .replace(/\s+\([^()]*[a-z] [a-z][^()]*\)\s*$/i, "")
    .replace(/;\s*grad is of .*$/, "")
    .replace(/\s+with\s.*$/, "")
    .replace(/\|\|(\w+)_i\|\|_2/g, "norm($1, 2, 1)");
}

function parseStatement(text: string): Statement {
  const [, name = null, derivativeOf = null, rest = ""] =
    /^\s*(?:(\w+)\s*=(?!=)\s*)?(?:d\/d(\w+)\s+)?(.*)$/s.exec(text) ?? [];
  return { name, derivativeOf, expression: parseExpression(rest) };
}

/** The value of a statement, or the gradient of that (a scalar) by a variable. */
function run({ derivativeOf, expression }: Statement, environment: Record<string, Value>): Value {
  if (derivativeOf === null) return evaluate(expression, environment);
  const variable = asTensor(environment[derivativeOf], derivativeOf);
  const one = ones([], { dtype: variable.dtype, backend: variable.backend });
  const { outputs, grads } = vjp(
    () => [asTensor(evaluate(expression, environment), "what is differentiated")],
    [variable],
    [one],
  );
  for (const output of outputs) output.dispose();
  return grads[0];
}

/**
 * Computes the formula of a case: statements `a = ...; b = ...`, of which the last (or those named as the outputs) are
 * the results.
 *
 * @throws SkipCase for a function that is not known; Error for what cannot be read
 */
export function runProgram(
  text: string,
  inputs: Readonly<Record<string, Tensor>>,
  outputs: readonly string[],
): Readonly<Record<string, Tensor>> {
  const cleaned = withoutProse(IN_WORDS[text.trim()] ?? text);
  const environment: Record<string, Value> = { ...inputs };
  let last: Value = null;
  for (const statement of cleaned
    .split(";")
    .filter((part) => part.trim() !== "")
    .map(parseStatement)) {
    last = run(statement, environment);
    if (statement.name !== null) environment[statement.name] = last;
  }
  const named = outputs.every((name) => Object.hasOwn(environment, name) && !Object.hasOwn(inputs, name));
  if (named) return Object.fromEntries(outputs.map((name) => [name, asTensor(environment[name], name)]));
  return { [outputs[0]]: asTensor(last, "the value of the expression") };
}
