import { add, defineOp, type Tensor } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { expect, test } from "vitest";
import { f32 } from "../cases/specs.ts";
import { gradCase } from "./grad-case.ts";
import { testGradCase } from "./run-grad-case.ts";
import { walkRegisteredOps } from "./walk.ts";

// In this order: the ops that the second test registers stay.
test("every registered op is accounted for", () => {
  expect(walkRegisteredOps()).toEqual([]);
});

test("ops that lose their gradient are named", async () => {
  const compose = ([x]: readonly [Tensor]): readonly Tensor[] => [add(x, x)];
  const infer = ([x]: readonly [Tensor]): readonly [Tensor] => [x];
  const kernel = { supports: () => true, launch: () => {} };
  defineOp<readonly [Tensor], unknown>("testLost", { infer, kernel });
  defineOp<readonly [Tensor], unknown>("testConstant", { infer, compose, differentiable: false });
  defineOp<readonly [Tensor], unknown>("testUntried", { infer, compose });
  expect(walkRegisteredOps()).toEqual([
    "testLost has neither a vjp nor a compose: its gradient is lost",
    "testConstant is constant to gradients: list it in without-gradient.ts, with its reason",
    "testUntried has no gradient case: add one in gradients/cases",
  ]);
});

test("a wrong rule is found", async () => {
  defineOp<readonly [Tensor], unknown>("testWrong", {
    infer: ([x]) => [x],
    compose: ([x]) => [add(x, x)],
    vjp: ({ grad }) => [grad],
  });
  const outcome = await testGradCase(createReferenceBackend(), gradCase("testWrong", "", [f32([2, 3])]));
  expect(outcome).toMatchObject({
    status: "failed",
    message: expect.stringMatching(/gradient of input 0: element 0 is/),
  });
});
