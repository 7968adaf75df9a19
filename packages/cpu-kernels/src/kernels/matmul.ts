import { bytesPerElement, type KernelFunction, type RequiredKernels, type View } from "@saccade/core/backend";
import { ARGS, BATCH_PLAN } from "../generated/exports.ts";
import type { Runtime } from "../runtime.ts";
import { writeBatch } from "../views/batch.ts";
import { pointer } from "../views/pointer.ts";
import { MAX_RANK } from "../views/strided.ts";

/** Words of the plan that `writeBatch` leaves in the argument area. */
const PLAN = (BATCH_PLAN - ARGS) / 4;
const STRIDE_A = PLAN + 2 + MAX_RANK;
const STRIDE_B = STRIDE_A + MAX_RANK;
/** The backend has no f16: core never calls with it. */
const slowTypes = { f64: 0, i32: 1, u8: 2, f16: Number.NaN };

/** `matmul`: one product, a batch folded into its rows, or a batch of products. */
export function matmulKernel({ memory, wasm }: Runtime): KernelFunction<RequiredKernels["matmul"]> {
  return ([a, b], [out]) => {
    const rank = out.shape.length;
    let m = out.shape[rank - 2];
    const n = out.shape[rank - 1];
    const k = a.shape[rank - 1];
    let aRow = a.strides[rank - 2];
    // The stride along a dimension of size 1 says nothing: call it contiguous, for the fast paths.
    const aColumn = k === 1 ? 1 : a.strides[rank - 1];
    const bRow = k === 1 && b.strides[rank - 1] !== 1 ? 1 : b.strides[rank - 2];
    const bColumn = n === 1 && bRow !== 1 ? 1 : b.strides[rank - 1];
    const { i32 } = memory.args;
    const batchRank = writeBatch(i32, PLAN, a, b, 2);
    const items = i32[PLAN + 1];
    if (items * m * n === 0) return;
    if (out.dtype !== "f32") {
      slowItems(wasm, i32, slowTypes[out.dtype], a, b, out);
      return;
    }
    // One b for all, and the batch of a continues its rows: more rows.
    let single = batchRank === 0;
    if (batchRank === 1 && i32[STRIDE_B] === 0 && (m === 1 || i32[STRIDE_A] === m * aRow)) {
      if (m === 1) aRow = i32[STRIDE_A];
      m *= items;
      single = true;
    }
    const pa = pointer(a);
    const pb = pointer(b);
    const to = pointer(out);
    if (single) wasm.gemm(pa, aRow, aColumn, pb, bRow, bColumn, to, m, n, k, 0, 0, 0);
    else wasm.gemmBatched(pa, aRow, aColumn, pb, bRow, bColumn, to, m, n, k);
  };
}

/** Integers and doubles: item by item, by definition. */
function slowItems(wasm: Runtime["wasm"], i32: Int32Array, type: number, a: View, b: View, out: View): void {
  const rank = out.shape.length;
  const m = out.shape[rank - 2];
  const n = out.shape[rank - 1];
  const bytes = bytesPerElement[out.dtype];
  const planRank = i32[PLAN];
  const sizes = Array.from(i32.subarray(PLAN + 2, PLAN + 2 + planRank));
  const stridesA = Array.from(i32.subarray(STRIDE_A, STRIDE_A + planRank));
  const stridesB = Array.from(i32.subarray(STRIDE_B, STRIDE_B + planRank));
  const items = i32[PLAN + 1];
  for (let item = 0; item < items; item++) {
    let rest = item;
    let offsetA = 0;
    let offsetB = 0;
    for (let d = planRank - 1; d >= 0; d--) {
      offsetA += (rest % sizes[d]) * stridesA[d];
      offsetB += (rest % sizes[d]) * stridesB[d];
      rest = Math.floor(rest / sizes[d]);
    }
    wasm.matmulSlow(
      type,
      pointer(a) + offsetA * bytes,
      a.strides[rank - 2],
      a.strides[rank - 1],
      pointer(b) + offsetB * bytes,
      b.strides[rank - 2],
      b.strides[rank - 1],
      pointer(out) + item * m * n * bytes,
      m,
      n,
      a.shape[rank - 1],
    );
  }
}
