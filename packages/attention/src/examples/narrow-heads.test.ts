import { Key } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { attention, MechanismLayer, TalkingHeadsAttention } from "../index.ts";
import { onCpu } from "../testing/on-cpu.ts";
import { distinctNames, recallAccuracy, recallDim } from "../testing/recall.ts";

onCpu({ beforeAll, afterAll });
guardMemory({ beforeEach, afterEach });

test.each([0, 1])(
  "talking heads: heads of width 1 recall together what each alone cannot tell apart (seed %i)",
  async (seed) => {
    const key = new Key(seed);
    const how = { key, steps: 250 };
    const plain = (numHeads: number): MechanismLayer =>
      new MechanismLayer(
        { embedDim: recallDim, numHeads, attend: (q, k, v) => attention(q, k, v) },
        { key: key.fold(0) },
      );
    const alone = await recallAccuracy(plain(recallDim), distinctNames, how);
    const wide = await recallAccuracy(plain(2), distinctNames, how);
    const talking = new TalkingHeadsAttention(
      { embedDim: recallDim, numHeads: recallDim },
      { key: key.fold(0) },
    );
    const together = await recallAccuracy(talking, distinctNames, how);
    for (const accuracy of [together, wide]) expect(accuracy).toBeGreaterThan(0.95);
    expect(alone).toBeLessThan(0.85);
  },
);
