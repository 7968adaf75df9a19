import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { crossEntropy, Key, maxPool2d, relu, type Tensor, valueAndGrad } from "../index.ts";
import { SGD } from "../optim/index.ts";
import { tensorsFromSafetensors } from "../safetensors/index.ts";
import { guardMemory } from "../testing/index.ts";
import { Conv2d, Linear, Module, type StateDict } from "./index.ts";

guardMemory({ beforeEach, afterEach });

class Classifier extends Module {
  readonly c1 = new Conv2d(1, 4, 3, { key: new Key(0), padding: 1 });
  readonly c2 = new Conv2d(4, 6, 3, { key: new Key(1), stride: 2 });
  readonly fc = new Linear(54, 5, { key: new Key(2) });

  /** `[N, 1, 14, 14] -> [N, 5]` */
  forward(x: Tensor): Tensor {
    const h = maxPool2d(relu(this.c1.forward(x)), 2); // [N, 4, 7, 7]
    return this.fc.forward(relu(this.c2.forward(h)).flatten(1)); // [N, 6 * 3 * 3]
  }
}

function within(tensors: StateDict, prefix: string): StateDict {
  const entries = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

async function expectClose(got: Tensor, wanted: Tensor): Promise<void> {
  const expected = await wanted.data();
  (await got.data()).forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(2e-5 + 2e-4 * Math.abs(expected[i]));
  });
}

test("20 steps of a convolutional classifier, as PyTorch takes them", async () => {
  const file = readFileSync(new URL("./fixtures/conv-classifier.safetensors", import.meta.url));
  const trace = tensorsFromSafetensors(file);
  using model = new Classifier();
  model.loadStateDict(within(trace, "param/"));
  using optimizer = new SGD(model.parameters(), { lr: 0.05, momentum: 0.9, weightDecay: 0.001 });
  const losses = await trace["out/losses"].data();
  for (const wanted of losses) {
    using result = valueAndGrad(() => {
      const logits = model.forward(trace["in/x"]);
      return { loss: crossEntropy(logits, trace["in/target"]), aux: { logits } };
    }, optimizer.parameters);
    if (optimizer.stepCount === 0) await expectClose(result.aux.logits, trace["out/logits0"]);
    expect(Math.abs((await result.value.item()) - wanted)).toBeLessThan(2e-5 + 2e-4 * wanted);
    optimizer.step(result.grads);
  }
  const final = within(trace, "final/");
  for (const [name, tensor] of Object.entries(model.stateDict())) await expectClose(tensor, final[name]);
  for (const tensor of Object.values(trace)) tensor.dispose();
});
