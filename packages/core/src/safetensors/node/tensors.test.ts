import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { Key, type Tensor, tensor, valueAndGrad } from "../../index.ts";
import { Linear } from "../../nn/index.ts";
import { AdamW } from "../../optim/index.ts";
import { guardMemory } from "../../testing/index.ts";
import { encodeValues, parseSafetensors, SafetensorsError } from "../index.ts";
import { loadTensors, openSharded, saveTensors, writeSafetensors } from "./index.ts";

guardMemory({ beforeEach, afterEach });

const folder = mkdtempSync(join(tmpdir(), "saccade-tensors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const sharded = fileURLToPath(new URL("../fixtures/sharded-f32/", import.meta.url));

function disposeAll(tensors: Readonly<Record<string, Tensor>>): void {
  for (const each of Object.values(tensors)) each.dispose();
}

describe("loadTensors", () => {
  test("reads a sharded checkpoint, whole or in part", async () => {
    const tensors = await loadTensors(sharded);
    const checkpoint = await openSharded(sharded);
    expect(Object.keys(tensors).sort()).toEqual([...checkpoint.tensors.keys()].sort());
    for (const [name, each] of Object.entries(tensors)) {
      expect(each.shape).toEqual(checkpoint.tensors.get(name)?.shape);
      expect(new Uint8Array((await each.data()).buffer)).toEqual(
        new Uint8Array((await checkpoint.read(name)).data),
      );
    }
    const [first] = Object.keys(tensors);
    disposeAll(tensors);
    const part = await loadTensors(sharded, { filter: (name) => name === first });
    expect(Object.keys(part)).toEqual([first]);
    disposeAll(part);
  });

  test("leaves nothing behind where one of them cannot be read", async () => {
    const path = join(folder, "bad.safetensors");
    await writeSafetensors(path, [
      ["a", { dtype: "F32", shape: [1], data: new Uint8Array(4) }],
      ["b", { dtype: "U32", shape: [1], data: encodeValues("U32", [2 ** 32 - 1]) }],
    ]);
    await expect(loadTensors(path)).rejects.toThrow(SafetensorsError);
    await expect(loadTensors(join(folder, "none.safetensors"))).rejects.toThrow(/none.safetensors/);
  });
});

describe("saveTensors", () => {
  test("writes metadata, and replaces a file whole or not at all", async () => {
    const path = join(folder, "model.safetensors");
    await writeFile(path, "old");
    using w = tensor([1, 2]);
    const lone = { [String.fromCharCode(0xd800)]: w };
    await expect(saveTensors(path, lone)).rejects.toThrow(SafetensorsError);
    expect(await readFile(path, "utf8")).toBe("old");
    await saveTensors(path, { w }, { format: "pt" });
    expect(parseSafetensors(await readFile(path)).metadata).toEqual({ format: "pt" });
  });

  test("a run that was killed goes on from its files to the same bits", async () => {
    const train = (model: Linear, optimizer: AdamW, steps: number): void => {
      for (let i = 0; i < steps; i++) {
        using result = valueAndGrad(
          () =>
            model
              .forward(tensor([[optimizer.stepCount, 1]]))
              .square()
              .sum(),
          model.parameters(),
        );
        optimizer.step(result.grads);
      }
    };
    using whole = new Linear(2, 3, { key: new Key(1) });
    using wholeOptimizer = new AdamW(whole.parameters());
    train(whole, wholeOptimizer, 6);

    using killed = new Linear(2, 3, { key: new Key(1) });
    using killedOptimizer = new AdamW(killed.parameters());
    train(killed, killedOptimizer, 4);
    const { tensors, ...numbers } = killedOptimizer.stateDict();
    await saveTensors(join(folder, "weights.safetensors"), killed.stateDict());
    await saveTensors(join(folder, "moments.safetensors"), tensors);
    await writeFile(join(folder, "state.json"), JSON.stringify(numbers));

    using resumed = new Linear(2, 3, { key: new Key(9) });
    using optimizer = new AdamW(resumed.parameters());
    const weights = await loadTensors(join(folder, "weights.safetensors"));
    const moments = await loadTensors(join(folder, "moments.safetensors"));
    resumed.loadStateDict(weights);
    const saved = JSON.parse(await readFile(join(folder, "state.json"), "utf8")) as typeof numbers;
    optimizer.loadStateDict({ ...saved, tensors: moments });
    disposeAll(weights);
    disposeAll(moments);
    train(resumed, optimizer, 2);
    expect(await resumed.weight.data()).toEqual(await whole.weight.data());
  });
});
