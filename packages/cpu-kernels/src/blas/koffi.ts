/** The little of koffi that we use. It is an optional peer dependency, so it is never imported by name. */

export interface KoffiLibrary {
  func(declaration: string): (...args: readonly number[]) => number | undefined;
}

export interface Koffi {
  load(path: string): KoffiLibrary;
  address(view: ArrayBufferView): bigint;
}

/** C's declaration of single-precision matrix multiplication; pointers as integers. */
export const sgemmDeclaration =
  "void cblas_sgemm(int, int, int, int, int, int, float, size_t, int, size_t, int, float, size_t, int)";

/** CBLAS constants. */
export const rowMajor = 101;
export const plain = 111;

/** The WASM import: `transpose` flags are 0 or 1. */
export type BlasGemm = (
  transposeA: number,
  transposeB: number,
  m: number,
  n: number,
  k: number,
  a: number,
  lda: number,
  b: number,
  ldb: number,
  beta: number,
  c: number,
  ldc: number,
) => void;

/**
 * Binds a library's sgemm to a memory. A shared WebAssembly memory never moves (its maximum is reserved from the
 * start), so pointers are its address plus an offset: no copies. workers/worker-source.ts says the same in JavaScript.
 */
export function bindGemm(koffi: Koffi, library: KoffiLibrary, memory: WebAssembly.Memory): BlasGemm {
  const sgemm = library.func(sgemmDeclaration);
  const base = Number(koffi.address(new Uint8Array(memory.buffer)));
  return (transposeA, transposeB, m, n, k, a, lda, b, ldb, beta, c, ldc) => {
    const ta = plain + transposeA;
    const tb = plain + transposeB;
    sgemm(
      rowMajor,
      ta,
      tb,
      m,
      n,
      k,
      1,
      base + (a >>> 0),
      lda,
      base + (b >>> 0),
      ldb,
      beta,
      base + (c >>> 0),
      ldc,
    );
  };
}
