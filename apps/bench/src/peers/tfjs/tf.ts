/** The part of @tensorflow/tfjs-core that we use. */
export interface TfTensor {
  readonly shape: number[];
  readonly size: number;
  dispose(): void;
  dataSync(): Float32Array;
}

export type Shape = readonly number[];

export interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tidy<T>(fn: () => T): T;
  keep<T extends TfTensor>(x: T): T;
  profile(fn: () => TfTensor | undefined): Promise<{ readonly peakBytes: number }>;
  memory(): { readonly numBytes: number };
  tensor(values: ArrayLike<number>, shape: Shape, dtype?: string): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  add(a: TfTensor, b: TfTensor | number): TfTensor;
  sub(a: TfTensor, b: TfTensor | number): TfTensor;
  mul(a: TfTensor, b: TfTensor | number): TfTensor;
  div(a: TfTensor, b: TfTensor | number): TfTensor;
  neg(a: TfTensor): TfTensor;
  sqrt(a: TfTensor): TfTensor;
  rsqrt(a: TfTensor): TfTensor;
  square(a: TfTensor): TfTensor;
  erf(a: TfTensor): TfTensor;
  tanh(a: TfTensor): TfTensor;
  relu(a: TfTensor): TfTensor;
  clone(a: TfTensor): TfTensor;
  mean(a: TfTensor, axis?: number, keepDims?: boolean): TfTensor;
  sum(a: TfTensor, axis?: number, keepDims?: boolean): TfTensor;
  softmax(a: TfTensor): TfTensor;
  logSumExp(a: TfTensor, axis: number): TfTensor;
  transpose(a: TfTensor, order: readonly number[]): TfTensor;
  reshape(a: TfTensor, shape: Shape): TfTensor;
  stack(xs: readonly TfTensor[]): TfTensor;
  unstack(x: TfTensor): TfTensor[];
  split(a: TfTensor, parts: number, axis: number): TfTensor[];
  oneHot(ids: TfTensor, depth: number): TfTensor;
  linspace(from: number, to: number, count: number): TfTensor;
  /** The last argument of `fn` keeps tensors for the gradient, which gets them behind `dy`. */
  customGrad<A extends readonly TfTensor[]>(
    fn: (...args: [...A, save: (tensors: readonly TfTensor[]) => void]) => {
      readonly value: TfTensor;
      readonly gradFunc: (dy: TfTensor, saved: readonly TfTensor[]) => TfTensor[];
    },
  ): (...args: A) => TfTensor;
  grads(fn: (...xs: TfTensor[]) => TfTensor): (xs: TfTensor[], dy?: TfTensor) => TfTensor[];
  valueAndGrads(
    fn: (...xs: TfTensor[]) => TfTensor,
  ): (xs: TfTensor[]) => { readonly value: TfTensor; readonly grads: TfTensor[] };
}
