/** The part of onnxruntime-node and onnxruntime-web that we use. */
export interface OrtTensor {
  readonly data: Float32Array;
}

export interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
}

export interface OrtOptions {
  readonly executionProviders: readonly string[];
  readonly intraOpNumThreads: number;
  readonly interOpNumThreads: number;
  readonly graphOptimizationLevel?: "disabled" | "all";
}

export interface Ort {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly Tensor: {
    new (type: "float32", data: Float32Array, shape: readonly number[]): OrtTensor;
    new (type: "int64", data: BigInt64Array, shape: readonly number[]): OrtTensor;
  };
  readonly InferenceSession: {
    create(model: Uint8Array, options: OrtOptions): Promise<OrtSession>;
  };
}
