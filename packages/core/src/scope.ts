import { LifetimeError } from "./errors.ts";
import type { Tensor } from "./tensor.ts";

/** Collects the tensors made while it is open, and disposes of those that nobody carried out. */
export class Scope {
  readonly parent: Scope | null;
  private readonly tensors: Tensor[] = [];

  constructor(parent: Scope | null) {
    this.parent = parent;
  }

  /** Whether this is `other` or lies around it: what lives here outlives what lives there. */
  encloses(other: Scope | null): boolean {
    for (let scope = other; scope !== null; scope = scope.parent) if (scope === this) return true;
    return false;
  }

  add(tensor: Tensor): void {
    tensor.scope = this;
    this.tensors.push(tensor);
  }

  /** Disposes of what still belongs here. */
  close(): void {
    const { tensors } = this;
    for (let i = 0; i < tensors.length; i++) if (tensors[i].scope === this) tensors[i].dispose();
    tensors.length = 0;
  }
}

let current: Scope | null = null;

/** @internal */
export function currentScope(): Scope | null {
  return current;
}

/** Rules promises out: a scope ends when its function returns. @internal */
export type NotPromise<T> = T extends PromiseLike<unknown> ? never : T;

/**
 * Runs `fn` and disposes of every tensor made in it, except those in what it returns: a tensor, or arrays and plain
 * records of them.
 *
 * Synchronous by type: memory that must survive an `await` belongs to an owner (`keep`, a Module, a
 * `using result = valueAndGrad(...)`).
 *
 * @throws LifetimeError if `fn` returns a promise
 * @example
 * const y = tidy(() => {
 *   const x = ones([3]).mul(2); // freed at the end
 *   return x.add(1);
 * });
 * y; // => [3, 3, 3]
 */
export function tidy<T>(fn: () => NotPromise<T>): NotPromise<T> {
  const scope = new Scope(current);
  current = scope;
  try {
    const result = fn();
    if (typeof result === "object" && result !== null) carryOut(result, scope);
    return result;
  } finally {
    current = scope.parent;
    scope.close();
  }
}

/**
 * Runs `fn` in the current scope; where there is none, in one of its own. Costs nothing inside a scope: for short
 * functions, whose intermediates are views and single numbers. Where intermediates take memory, `tidy` gives it back.
 *
 * @internal
 */
export function scoped<T>(fn: () => NotPromise<T>): NotPromise<T> {
  return current === null ? tidy(fn) : fn();
}

/**
 * Takes a tensor out of its scope: it lives until its `dispose()`.
 *
 * @example
 * const made: Tensor[] = [];
 * tidy(() => {
 *   made.push(keep(ones([3])), ones([3]));
 * });
 * made.map((tensor) => tensor.isDisposed); // => [false, true]
 * made[0].dispose();
 */
export function keep<T extends Tensor>(tensor: T): T {
  tensor.scope = null;
  return tensor;
}

/** Of a scope, what tensors its function returns. */
function carryOut(result: object, scope: Scope): void {
  if (isTensor(result)) {
    if (result.scope === scope) leave(result, scope.parent);
    return;
  }
  if (isThenable(result)) {
    Promise.resolve(result).catch(() => {}); // its tensors are gone: what it fails with says less than this
    throw new LifetimeError("tidy: the function is asynchronous; keep() what must survive an await");
  }
  forEachTensor(result, (tensor) => {
    if (tensor.scope === scope) leave(tensor, scope.parent);
  });
}

function isThenable(value: object): value is PromiseLike<unknown> {
  return "then" in value && typeof value.then === "function";
}

function leave(tensor: Tensor, parent: Scope | null): void {
  if (parent) parent.add(tensor);
  else tensor.scope = null;
}

/** Marks the Tensor class without importing it (it imports this file). @internal */
export const tensorMark: unique symbol = Symbol.for("saccade.tensor");

function isTensor(value: object): value is Tensor {
  return tensorMark in value;
}

/** Visits the tensors in a tensor, or in arrays and plain records of them. @internal */
export function forEachTensor(value: unknown, visit: (tensor: Tensor) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (isTensor(value)) {
    visit(value);
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value) forEachTensor(item, visit);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return;
  for (const item of Object.values(value)) forEachTensor(item, visit);
}
