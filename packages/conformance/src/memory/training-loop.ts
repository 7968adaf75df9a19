import { Key, randn, type Tensor, tidy, valueAndGrad } from "@saccade/core";
import type { Backend } from "@saccade/core/backend";
import { Linear, Module } from "@saccade/core/nn";
import { AdamW } from "@saccade/core/optim";
import { type LiveMemory, liveMemory } from "../runner/live-memory.ts";

/** Two layers: the smallest thing that trains. */
class TinyMlp extends Module {
  readonly up: Linear;
  readonly down: Linear;

  constructor(backend: Backend) {
    super();
    this.up = new Linear(3, 8, { key: new Key(1), backend });
    this.down = new Linear(8, 1, { key: new Key(2), backend });
  }

  forward(x: Tensor): Tensor {
    return this.down.forward(this.up.forward(x).gelu());
  }
}

/** What a training loop leaves behind at each of its samples, and whether it learned. */
export interface LoopMemory {
  readonly samples: readonly LiveMemory[];
  /** `reservedBytes` of `backend.info()` at each sample, where it is reported. */
  readonly reserved: readonly number[];
  readonly firstLoss: number;
  readonly lastLoss: number;
  /** Before the loop, and after everything was disposed of. */
  readonly before: LiveMemory;
  readonly after: LiveMemory;
}

/**
 * Trains a tiny MLP with AdamW, as a user would write it, and looks at live memory now and then.
 *
 * @param options.every  steps from one look to the next, at each of which the loop waits for the backend; default 100
 * @param options.sampled  is called at each look
 */
export async function trainingLoop(
  backend: Backend,
  steps: number,
  { every = 100, sampled = () => {} }: { readonly every?: number; readonly sampled?: () => void } = {},
): Promise<LoopMemory> {
  const before = liveMemory(backend);
  const samples: LiveMemory[] = [];
  const reserved: number[] = [];
  const losses: number[] = [];
  {
    using model = new TinyMlp(backend);
    using x = randn(new Key(3), [16, 3], { backend });
    using target = tidy(() => x.sum(1, { keepDims: true }).tanh());
    using optimizer = new AdamW(model.parameters(), { lr: 1e-2 });
    for (let step = 0; step < steps; step++) {
      using result = valueAndGrad(() => model.forward(x).sub(target).square().mean(), model.parameters());
      optimizer.step(result.grads);
      if (step % every !== every - 1) continue;
      losses.push(await result.value.item());
      samples.push(liveMemory(backend));
      sampled();
      const { reservedBytes } = backend.info();
      if (typeof reservedBytes === "number") reserved.push(reservedBytes);
    }
  }
  const after = liveMemory(backend);
  return { samples, reserved, firstLoss: losses[0], lastLoss: losses[losses.length - 1], before, after };
}
