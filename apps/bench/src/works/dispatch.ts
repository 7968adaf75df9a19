import { type Tensor, tensor, tidy, vjp } from "@saccade/core";
import { meanSquare, scattered } from "./data.ts";
import { tensorLibraries, type Work } from "./work.ts";

/** Ops of one call; each link of the chain has four. */
export const chainOps = 100;

const configs = [0, 1].map((backward) => ({
  name: backward ? "fwd+bwd" : "fwd",
  parameters: { size: 8, links: chainOps / 4, backward },
  amount: chainOps,
}));

/** A chain of ops on [8, 8] matrices, `x <- relu((x w) b + c)`: nearly all of its time is spent around the kernels. */
export const dispatch: Work = {
  name: "dispatch",
  unit: "us/op",
  rivals: tensorLibraries,
  configs,
  gpu: configs,
  prepare({ size, links, backward }) {
    const [x, w, b, c] = dispatchData(size).map((values) => tensor(values, { shape: [size, size] }));
    const dy = tensor(new Float32Array(size * size).fill(1), { shape: [size, size] });
    const chain = (): Tensor => {
      let y = x;
      for (let i = 0; i < links; i++) y = y.matmul(w).mul(b).add(c).relu();
      return y;
    };
    const results = (): Tensor =>
      backward === 0 ? chain() : vjp(() => [chain()], [x, w, b, c], [dy]).outputs[0];
    return {
      call: () => tidy(() => void results()),
      async check() {
        const y = tidy(results);
        const values = await y.data();
        y.dispose();
        return meanSquare(values);
      },
    };
  },
};

/** `x`, `w`, `b`, `c`. */
export function dispatchData(size: number): readonly Float32Array<ArrayBuffer>[] {
  return [0, 1, 2, 3].map((salt) => scattered(size * size, salt));
}
