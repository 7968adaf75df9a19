import { meanSquare } from "../../works/data.ts";
import { dispatchData } from "../../works/dispatch.ts";
import type { Parameters, Prepared } from "../../works/work.ts";
import type { Jax, JaxArray } from "./jax.ts";

/** Not compiled: `jit` would leave nothing to dispatch. */
export function dispatch(jax: Jax, { size, links, backward }: Parameters): Prepared {
  const { numpy: np, nn } = jax;
  const operands = dispatchData(size).map((values) => np.array(values, { shape: [size, size] }));
  const chain = (x: JaxArray, w: JaxArray, b: JaxArray, c: JaxArray): JaxArray => {
    let y = x;
    for (let i = 0; i < links; i++) y = nn.relu(np.matmul(y, w.ref).mul(b.ref).add(c.ref));
    for (const it of [w, b, c]) it.dispose();
    return y;
  };
  const refs = () => operands.map((it) => it.ref) as [JaxArray, JaxArray, JaxArray, JaxArray];
  const gradients = jax.grad((...xs) => np.sum(chain(xs[0], xs[1], xs[2], xs[3])), { argnums: [0, 1, 2, 3] });
  return {
    async call() {
      const results = backward === 0 ? [chain(...refs())] : gradients(...refs());
      await jax.blockUntilReady(results);
      for (const it of results) it.dispose();
    },
    check: async () => meanSquare(await chain(...refs()).data()),
  };
}
