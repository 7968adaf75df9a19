import type { Backend, View } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { positions, type ReferenceMemory } from "./memory.ts";

type Kernels = Backend["kernels"];

/** Positions in `view` of the elements whose coordinate along `axis` is 0, laid out over `shape`. */
function basePositions(view: View, shape: readonly number[], axis: number): Int32Array {
  const strides = view.strides.map((stride, d) => (d === axis ? 0 : stride));
  return positions({ ...view, shape, strides });
}

/** The required kernels that multiply matrices and follow indices. */
export function indexingKernels(memory: ReferenceMemory): Pick<Kernels, "matmul" | "gather" | "scatterAdd"> {
  return {
    matmul([a, b], [out]) {
      const fromA = memory.elements(a);
      const fromB = memory.elements(b);
      const to = memory.elements(out);
      const rank = out.shape.length;
      const [m, n, k] = [out.shape[rank - 2], out.shape[rank - 1], a.shape[rank - 1]];
      const batches = (view: View): Int32Array =>
        positions({ ...view, shape: view.shape.slice(0, -2), strides: view.strides.slice(0, -2) });
      const startsA = batches(a);
      const startsB = batches(b);
      const integer = out.dtype === "i32";
      batches(out).forEach((start, batch) => {
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let l = 0; l < k; l++) {
              const x = fromA[startsA[batch] + i * a.strides[rank - 2] + l * a.strides[rank - 1]];
              const y = fromB[startsB[batch] + l * b.strides[rank - 2] + j * b.strides[rank - 1]];
              sum = integer ? (sum + Math.imul(x, y)) | 0 : sum + x * y;
            }
            to[start + i * out.strides[rank - 2] + j * out.strides[rank - 1]] = sum;
          }
        }
      });
    },
    gather([x, index], [out], { axis }) {
      if (sizeOf(out.shape) === 0) return;
      const from = memory.elements(x);
      const indices = memory.elements(index);
      const to = memory.elements(out);
      const base = basePositions(x, out.shape, axis);
      const indexAt = positions(index);
      positions(out).forEach((p, n) => {
        const i = indices[indexAt[n]];
        to[p] = i >= 0 && i < x.shape[axis] ? from[base[n] + i * x.strides[axis]] : Number.NaN;
      });
    },
    scatterAdd([index, src], [out], { axis }) {
      if (sizeOf(src.shape) === 0) return;
      const from = memory.elements(src);
      const indices = memory.elements(index);
      const to = memory.elements(out);
      const base = basePositions(out, src.shape, axis);
      const indexAt = positions(index);
      positions(src).forEach((p, n) => {
        const i = indices[indexAt[n]];
        if (i >= 0 && i < out.shape[axis]) to[base[n] + i * out.strides[axis]] += from[p];
      });
    },
  };
}
