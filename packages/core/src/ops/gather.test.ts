import { expect, test } from "vitest";
import { tensor } from "../create.ts";
import { vjp } from "../grad.ts";
import { evaluate } from "../testing/index.ts";
import { ones } from "./fill.ts";
import { scatterAddInto } from "./gather.ts";

test("what scatterAdd drops has the gradient 0, not NaN", async () => {
  const index = tensor([0, -1, 2, 3], { dtype: "i32" });
  const src = ones([4]);
  const gradient = await evaluate(
    () => vjp(() => [scatterAddInto([3], index, src, 0)], [src], [tensor([5, 6, 7])]).grads[0],
  );
  expect(gradient).toEqual([5, 0, 7, 0]);
});
