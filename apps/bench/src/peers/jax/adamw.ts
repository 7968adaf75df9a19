import type { Jax, JaxArray } from "./jax.ts";

export interface AdamWOptions {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly weightDecay: number;
}

/** jax-js has no optimizers of its own; one compiled function does a whole step. */
export class AdamW {
  parameters: JaxArray[];
  private first: JaxArray[];
  private second: JaxArray[];
  private steps = 0;
  private readonly jax: Jax;
  private readonly update: (
    p: JaxArray[],
    g: JaxArray[],
    m: JaxArray[],
    v: JaxArray[],
    corrections: JaxArray[],
  ) => [JaxArray[], JaxArray[], JaxArray[]];
  private readonly betas: readonly [number, number];

  constructor(jax: Jax, parameters: readonly JaxArray[], { lr, betas, weightDecay }: AdamWOptions) {
    const np = jax.numpy;
    this.jax = jax;
    this.betas = betas;
    this.parameters = [...parameters];
    this.first = parameters.map((it) => np.zeros(it.shape));
    this.second = parameters.map((it) => np.zeros(it.shape));
    const [b1, b2] = betas;
    this.update = jax.jit((p, g, m, v, [c1, c2]) => {
      const first = m.map((it, i) => it.mul(b1).add(g[i].ref.mul(1 - b1)));
      const second = v.map((it, i) => it.mul(b2).add(np.square(g[i]).mul(1 - b2)));
      const next = p.map((it, i) => {
        const root = np.sqrt(second[i].ref.div(c2.ref)).add(1e-8);
        return it.mul(1 - lr * weightDecay).sub(first[i].ref.div(c1.ref).div(root).mul(lr));
      });
      c1.dispose();
      c2.dispose();
      return [next, first, second];
    });
  }

  async step(gradients: JaxArray[]): Promise<void> {
    const { jax, betas } = this;
    this.steps++;
    const corrections = betas.map((beta) =>
      jax.numpy.array(Float32Array.of(1 - beta ** this.steps), { shape: [1] }).reshape([]),
    );
    [this.parameters, this.first, this.second] = this.update(
      this.parameters,
      gradients,
      this.first,
      this.second,
      corrections,
    );
    await jax.blockUntilReady([this.parameters, this.first, this.second]);
  }
}
