import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ones, type Tensor, tidy, zeros } from "./index.ts";
import { activeTapes, noGrad, Tape, withoutRecording, withTape } from "./tape.ts";
import { guardMemory } from "./testing/index.ts";

guardMemory({ beforeEach, afterEach });

/** Runs `fn` under a tape that tracks x, and gives the names of the ops that it recorded. */
function recorded(x: Tensor, fn: () => unknown): string[] {
  const tape = new Tape([x]);
  tidy(() => {
    withTape(tape, fn);
  });
  const names = tape.nodes.map(({ op }) => op.name);
  tape.dispose();
  return names;
}

describe("a tape", () => {
  test("records what depends on its sources, and nothing else", () => {
    using x = ones([2]);
    expect(recorded(x, () => x.square().sum([0], { keepDims: true }))).toEqual(["square", "sum"]);
    expect(recorded(x, () => zeros([2]).square())).toEqual([]);
    expect(recorded(x, () => x.gt(0).cast("f32").square())).toEqual([]);
    expect(recorded(x, () => x.detach().square())).toEqual([]);
  });

  test("keeps only what rules read", () => {
    using x = ones([2]);
    const tape = new Tape([x]);
    tidy(() => {
      withTape(tape, () => x.add(x.mul(2)).exp());
    });
    const saved = tape.nodes.map((node) => [node.op.name, ...node.savedInputs, ...node.savedOutputs]);
    const kept = saved.map(([name, ...list]) => [name, list.filter((t) => t !== null).length]);
    expect(kept).toEqual([
      ["affine", 0],
      ["add", 0],
      ["exp", 1],
    ]);
    tape.dispose();
  });

  test("is hidden by noGrad, and ends with its function, also by an error", () => {
    using x = ones([2]);
    const tape = new Tape([x]);
    withTape(tape, () => {
      expect(activeTapes()).toEqual([tape]);
      expect(noGrad(() => activeTapes())).toEqual([]);
      expect(withoutRecording(() => activeTapes())).toEqual([]);
      const inner = new Tape([]);
      expect(withTape(inner, () => activeTapes())).toEqual([inner, tape]);
      expect(() =>
        noGrad(() => {
          throw new RangeError("no");
        }),
      ).toThrow(RangeError);
      expect(activeTapes()).toEqual([tape]);
    });
    expect(activeTapes()).toEqual([]);
  });

  test("an observer sees inputs and hides tapes", () => {
    using x = ones([2]);
    const tape = new Tape([x]);
    const seen: number[] = [];
    const observer = {
      observe: (inputs: readonly (Tensor | null)[]) => {
        for (const input of inputs) if (input) seen.push(input.id);
      },
    };
    tidy(() => {
      withTape(tape, () => withTape(observer, () => x.square()));
    });
    expect(seen).toEqual([x.id]);
    expect(tape.nodes).toEqual([]);
  });
});
