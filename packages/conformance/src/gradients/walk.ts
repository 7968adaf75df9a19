import { registeredOps } from "@saccade/core";
import { gradCases } from "./cases/index.ts";
import { withoutGradient } from "./without-gradient.ts";

/** What is wrong with the gradients of the registered ops as a whole: nothing may be lost silently. */
export function walkRegisteredOps(): readonly string[] {
  const ops = registeredOps();
  const covered = new Set(gradCases.map(({ op }) => op));
  const problems: string[] = [];
  for (const [name, { definition }] of ops) {
    const listed = Object.hasOwn(withoutGradient, name);
    const differentiable = definition.differentiable !== false;
    if (listed) {
      if (differentiable)
        problems.push(
          `${name} is listed as without gradient, but is differentiable: take it off the list, give it a case`,
        );
    } else if (!differentiable)
      problems.push(`${name} is constant to gradients: list it in without-gradient.ts, with its reason`);
    else if (!definition.vjp && !definition.compose)
      problems.push(`${name} has neither a vjp nor a compose: its gradient is lost`);
    else if (!covered.has(name)) problems.push(`${name} has no gradient case: add one in gradients/cases`);
  }
  for (const name of [...covered, ...Object.keys(withoutGradient)]) {
    if (!ops.has(name))
      problems.push(`${name} has a gradient case or a reason to have none, but no such op is registered`);
  }
  return problems;
}
