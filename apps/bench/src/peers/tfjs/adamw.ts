import type { Tf, TfTensor } from "./tf.ts";

export interface AdamWOptions {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly weightDecay: number;
}

/** TensorFlow.js has Adam, but no decoupled weight decay; its tensors do not change in place. */
export class AdamW {
  parameters: TfTensor[];
  private first: TfTensor[];
  private second: TfTensor[];
  private steps = 0;
  private readonly tf: Tf;
  private readonly options: AdamWOptions;

  constructor(tf: Tf, parameters: readonly TfTensor[], options: AdamWOptions) {
    this.tf = tf;
    this.options = options;
    this.parameters = [...parameters];
    const zeros = (x: TfTensor): TfTensor => tf.tensor(new Float32Array(x.size), x.shape);
    this.first = parameters.map(zeros);
    this.second = parameters.map(zeros);
  }

  step(gradients: readonly TfTensor[]): void {
    const { tf } = this;
    this.steps++;
    gradients.forEach((gradient, i) => {
      const old = [this.parameters[i], this.first[i], this.second[i]];
      const [parameter, first, second] = tf.tidy(() => this.updated(gradient, i));
      this.parameters[i] = tf.keep(parameter);
      this.first[i] = tf.keep(first);
      this.second[i] = tf.keep(second);
      for (const it of old) it.dispose();
    });
  }

  private updated(gradient: TfTensor, i: number): TfTensor[] {
    const { tf, steps } = this;
    const { lr, weightDecay, betas } = this.options;
    const [b1, b2] = betas;
    const first = tf.add(tf.mul(this.first[i], b1), tf.mul(gradient, 1 - b1));
    const second = tf.add(tf.mul(this.second[i], b2), tf.mul(tf.square(gradient), 1 - b2));
    const root = tf.add(tf.sqrt(tf.div(second, 1 - b2 ** steps)), 1e-8);
    const move = tf.mul(tf.div(first, root), lr / (1 - b1 ** steps));
    return [tf.sub(tf.mul(this.parameters[i], 1 - lr * weightDecay), move), first, second];
  }
}
