import { LearnedPositions } from "@saccade/attention";
import {
  concat,
  expand,
  Key,
  randn,
  reshape,
  type Tensor,
  threefry2x32,
  tidy,
  valueAndGrad,
} from "@saccade/core";
import { Embedding, Linear, Module, Parameter } from "@saccade/core/nn";
import { AdamW } from "@saccade/core/optim";
import { TransformerEncoder } from "@saccade/transformer";

const sizes = { embedDim: 16, numHeads: 2, normFirst: false, feedForwardDim: 32 };

/** Classes from the first token of a sequence, which has to look for what decides. */
export class Classifier extends Module {
  readonly tokens: Embedding;
  readonly positions: LearnedPositions;
  readonly encoder: TransformerEncoder;
  readonly head: Linear;

  constructor({ vocabSize = 12, length = 10, classes = 4, numLayers = 1 } = {}) {
    super();
    const key = new Key(1);
    this.tokens = new Embedding(vocabSize, sizes.embedDim, { key: key.fold(0), std: 0.5 });
    this.positions = new LearnedPositions(length, sizes.embedDim, { key: key.fold(1), std: 0.1 });
    this.encoder = new TransformerEncoder({ ...sizes, numLayers }, { key: key.fold(2) });
    this.head = new Linear(sizes.embedDim, classes, { key: key.fold(3) });
  }

  /** `[B, T]` -> `[B, classes]` */
  forward(ids: Tensor): Tensor {
    return tidy(() => {
      const hidden = this.encoder.forward(this.positions.forward(this.tokens.forward(ids)));
      return this.head.forward(hidden.slice(null, 0));
    });
  }
}

/** Patches of an image in place of tokens, and a token of its own that is read. */
export class VisionClassifier extends Module {
  readonly patches = new Linear(12, sizes.embedDim, { key: new Key(2) });
  readonly classToken = new Parameter(randn(new Key(3), [1, 1, sizes.embedDim]));
  readonly encoder = new TransformerEncoder({ ...sizes, numLayers: 2 }, { key: new Key(4) });
  readonly head = new Linear(sizes.embedDim, 4, { key: new Key(5) });

  /** `[B, 4, 4, 3]` -> `[B, 4]`: patches of 2 by 2 */
  forward(images: Tensor): Tensor {
    return tidy(() => {
      const B = images.shape[0];
      const cut = reshape(images, [B, 2, 2, 2, 2, 3]).permute([0, 1, 3, 2, 4, 5]);
      const first = expand(this.classToken, [B, 1, sizes.embedDim]);
      const x = concat([first, this.patches.forward(reshape(cut, [B, 4, 12]))], 1);
      return this.head.forward(this.encoder.forward(x).slice(null, 0));
    });
  }
}

/** Random whole numbers below `bound`, of a step. */
export function draw(step: number, count: number, bound: number): number[] {
  return Array.from({ length: count }, (_, i) => (threefry2x32([7, 11], step, i)[0] >>> 0) % bound);
}

export function train(model: Module, steps: number, lr: number, loss: (step: number) => Tensor): void {
  using optimizer = new AdamW(model.parameters(), { lr, weightDecay: 0 });
  for (let step = 0; step < steps; step++) {
    using result = valueAndGrad(() => loss(step), optimizer.parameters);
    optimizer.step(result.grads);
  }
}
