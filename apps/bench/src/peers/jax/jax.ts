/** The part of @jax-js/jax that we use. A function consumes its arrays: `x.ref` keeps one for another use. */
export interface JaxArray {
  readonly ref: JaxArray;
  readonly shape: number[];
  dispose(): void;
  blockUntilReady(): Promise<JaxArray>;
  data(): Promise<Float32Array>;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  div(other: JaxArray | number): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
}

export interface Jax {
  init(device: string): Promise<string[]>;
  defaultDevice(device: string): string;
  readonly numpy: {
    array(values: ArrayLike<number>, options: { shape: readonly number[]; dtype?: string }): JaxArray;
    zeros(shape: readonly number[]): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    transpose(a: JaxArray, order?: readonly number[]): JaxArray;
    sum(a: JaxArray): JaxArray;
    mean(a: JaxArray, axis?: number | null, options?: { keepdims: boolean }): JaxArray;
    square(a: JaxArray): JaxArray;
    sqrt(a: JaxArray): JaxArray;
    split(a: JaxArray, parts: number, axis: number): JaxArray[];
  };
  readonly nn: {
    dotProductAttention(q: JaxArray, k: JaxArray, v: JaxArray, options: { isCausal: boolean }): JaxArray;
    gelu(x: JaxArray, options: { approximate: boolean }): JaxArray;
    relu(x: JaxArray): JaxArray;
    softmax(x: JaxArray, axis: number): JaxArray;
    logSoftmax(x: JaxArray, axis: number): JaxArray;
    standardize(x: JaxArray, axis: number, options: { epsilon: number }): JaxArray;
    oneHot(x: JaxArray, classes: number): JaxArray;
  };
  jit<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R;
  vjp(
    fn: (q: JaxArray, k: JaxArray, v: JaxArray) => JaxArray,
    primals: readonly JaxArray[],
  ): [JaxArray, (dy: JaxArray) => JaxArray[]];
  grad(
    fn: (...xs: JaxArray[]) => JaxArray,
    options: { argnums: readonly number[] },
  ): (...xs: JaxArray[]) => JaxArray[];
  valueAndGrad(
    fn: (parameters: JaxArray[], ...rest: JaxArray[]) => JaxArray,
  ): (parameters: JaxArray[], ...rest: JaxArray[]) => [JaxArray, JaxArray[]];
  blockUntilReady<T>(tree: T): Promise<T>;
}
