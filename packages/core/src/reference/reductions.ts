import type { Backend, ReduceName, ScanName } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { type Elements, positions, type ReferenceMemory, withoutAxis } from "./memory.ts";

type Kernels = Backend["kernels"];

interface Reducer {
  readonly identity: number;
  readonly step: (total: number, x: number) => number;
}

const larger = (total: number, x: number): number => (x > total || Number.isNaN(x) ? x : total);
const smaller = (total: number, x: number): number => (x < total || Number.isNaN(x) ? x : total);

const reducers: { readonly [N in ReduceName]: Reducer } = {
  sum: { identity: 0, step: (total, x) => total + x },
  prod: { identity: 1, step: (total, x) => total * x },
  max: {
    identity: Number.NEGATIVE_INFINITY,
    step: (total, x) => (Number.isNaN(total) ? total : larger(total, x)),
  },
  min: {
    identity: Number.POSITIVE_INFINITY,
    step: (total, x) => (Number.isNaN(total) ? total : smaller(total, x)),
  },
  any: { identity: 0, step: (total, x) => (total !== 0 || x !== 0 ? 1 : 0) },
  all: { identity: 1, step: (total, x) => (total !== 0 && x !== 0 ? 1 : 0) },
};

function reducerFor(op: ReduceName | ScanName, elements: Elements): Reducer["step"] {
  return op === "prod" && elements instanceof Int32Array ? Math.imul : reducers[op].step;
}

/** Orders by value, descending or ascending, NaN as the largest. */
function compare(x: number, y: number, largest: boolean): number {
  if (Number.isNaN(x) || Number.isNaN(y)) {
    const order = (Number.isNaN(y) ? 1 : 0) - (Number.isNaN(x) ? 1 : 0);
    return largest ? order : -order;
  }
  return x === y ? 0 : x < y === largest ? 1 : -1;
}

/** The required kernels that combine elements along axes. */
export function reductionKernels(
  memory: ReferenceMemory,
): Pick<Kernels, "reduce" | "argReduce" | "scan" | "topK"> {
  return {
    reduce([x], [out], { op, axes }) {
      const from = memory.elements(x);
      const to = memory.elements(out);
      const strides = x.shape.map((_, d) => (axes.includes(d) ? 0 : out.strides[d]));
      const outAt = positions({ ...out, shape: x.shape, strides });
      const totals = new Map<number, number>();
      const step = reducerFor(op, to);
      positions(x).forEach((p, i) => {
        totals.set(outAt[i], step(totals.get(outAt[i]) ?? reducers[op].identity, from[p]));
      });
      for (const p of positions(out)) to[p] = totals.get(p) ?? reducers[op].identity;
    },
    argReduce([x], [out], { op, axis }) {
      const from = memory.elements(x);
      const to = memory.elements(out);
      const starts = positions(withoutAxis(x, axis));
      positions(out).forEach((p, row) => {
        let best = 0;
        for (let i = 1; i < x.shape[axis]; i++) {
          const candidate = from[starts[row] + i * x.strides[axis]];
          const current = from[starts[row] + best * x.strides[axis]];
          if (Number.isNaN(current)) break;
          if (Number.isNaN(candidate) || (op === "max" ? candidate > current : candidate < current)) best = i;
        }
        to[p] = best;
      });
    },
    scan([x], [out], { op, axis, reverse }) {
      const from = memory.elements(x);
      const to = memory.elements(out);
      const step = reducerFor(op, to);
      const outStarts = positions(withoutAxis(out, axis));
      const length = x.shape[axis];
      positions(withoutAxis(x, axis)).forEach((start, row) => {
        let total = reducers[op].identity;
        for (let n = 0; n < length; n++) {
          const i = reverse ? length - 1 - n : n;
          total = step(total, from[start + i * x.strides[axis]]);
          to[outStarts[row] + i * out.strides[axis]] = total;
        }
      });
    },
    topK([x], [values, indices], { axis, k, largest }) {
      const from = memory.elements(x);
      const toValues = memory.elements(values);
      const toIndices = memory.elements(indices);
      if (sizeOf(values.shape) === 0) return;
      const valueStarts = positions(withoutAxis(values, axis));
      const indexStarts = positions(withoutAxis(indices, axis));
      positions(withoutAxis(x, axis)).forEach((start, row) => {
        const at = (i: number): number => from[start + i * x.strides[axis]];
        const order = Array.from({ length: x.shape[axis] }, (_, i) => i).sort((i, j) =>
          compare(at(i), at(j), largest),
        );
        for (let n = 0; n < k; n++) {
          toValues[valueStarts[row] + n * values.strides[axis]] = at(order[n]);
          toIndices[indexStarts[row] + n * indices.strides[axis]] = order[n];
        }
      });
    },
  };
}
