import type { Tensor } from "@saccade/core";
import { clipGradNorm, clipGradValue } from "@saccade/core/optim";
import type { CaseContext, Handler } from "../../context.ts";

/** `in/g0`, `in/g1`, ... */
function gradients(context: CaseContext): Tensor[] {
  const grads: Tensor[] = [];
  while (context.has(`in/g${grads.length}`)) grads.push(context.tensor(`in/g${grads.length}`));
  return grads;
}

async function check(
  context: CaseContext,
  given: readonly Tensor[],
  clipped: readonly Tensor[],
): Promise<void> {
  for (const [i, grad] of clipped.entries()) await context.check(`out/g${i}`, grad);
  for (const grad of [...given, ...clipped]) grad.dispose();
}

export const clipByNorm: Handler = async (context) => {
  const { config } = context.golden;
  const given = gradients(context);
  const { grads, norm } = clipGradNorm(given, config.number("max_norm"), {
    normType: config.number("norm_type", 2),
  });
  await context.check("out/total_norm", norm);
  norm.dispose();
  await check(context, given, grads);
};

export const clipByValue: Handler = async (context) => {
  const given = gradients(context);
  await check(context, given, clipGradValue(given, context.golden.config.number("clip_value")));
};
