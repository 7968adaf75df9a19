import { isFloat } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../layout.ts";
import { cast } from "../ops/cast.ts";
import { assign } from "../ops/in-place.ts";
import { tidy } from "../scope.ts";
import { noGrad } from "../tape.ts";
import { Tensor } from "../tensor.ts";
import { Parameter } from "./parameter.ts";

/** Named tensors: `{ "layers.0.weight": ... }`. */
export type StateDict = Record<string, Tensor>;

/** What `loadStateDict` found that did not match. */
export interface LoadReport {
  /** In the module, but not in what was given. */
  readonly missing: readonly string[];
  /** Given, but not in the module. */
  readonly unexpected: readonly string[];
}

/**
 * A plain object whose public fields are the tree: Parameters, Modules, and arrays or records of them. Nothing is
 * registered; a state-dict name is the path of properties. Buffers (tensors that are no parameters: running
 * statistics, made with `keep`) belong to the tree, too. A tensor in two places is one tensor: tied weights.
 *
 * There is no training flag: `forward(x, { key })` drops out if and only if it gets a key.
 *
 * @example
 * class Mlp extends Module {
 *   readonly up = new Linear(4, 16, { key: new Key(1) });
 *   readonly down = new Linear(16, 4, { key: new Key(2) });
 *   forward(x: Tensor): Tensor {
 *     return this.down.forward(this.up.forward(x).relu());
 *   }
 * }
 * const names = Object.keys(new Mlp().stateDict()); // => ["up.weight", "up.bias", "down.weight", "down.bias"]
 */
export abstract class Module {
  /** Every tensor of the tree with its path, parameters and buffers; a tensor in two places comes once, under the first. */
  *namedTensors(): Generator<[string, Tensor]> {
    const seen = new Set<Tensor>();
    for (const [name, tensor] of walk(this)) {
      if (seen.has(tensor)) continue;
      seen.add(tensor);
      yield [name, tensor];
    }
  }

  *namedParameters(): Generator<[string, Parameter]> {
    for (const [name, tensor] of this.namedTensors()) if (tensor instanceof Parameter) yield [name, tensor];
  }

  /** The parameters, each once, in the order of the fields. */
  parameters(): Parameter[] {
    return Array.from(this.namedParameters(), ([, parameter]) => parameter);
  }

  /** Every module of the tree with its path; this one is "". */
  *namedModules(): Generator<[string, Module]> {
    for (const [name, node] of nodes(this, "", [])) if (node instanceof Module) yield [name, node];
  }

  /** Number of elements of all parameters. */
  countParameters(): number {
    return this.parameters().reduce((total, parameter) => total + parameter.size, 0);
  }

  /** The tensors by name: the module's own, not copies. */
  stateDict(): StateDict {
    return Object.fromEntries(this.namedTensors());
  }

  /**
   * Copies values into the module's tensors, by name; floats become the module's kind of float. Nothing is changed if
   * anything does not fit. A tied tensor may come under any of its names.
   *
   * @throws ShapeError, DTypeError if a tensor does not fit; ArgumentError if it lives on another backend, or if names are
   *   missing or unexpected, unless `strict` is false
   * @example
   * const [a, b] = [new Linear(2, 2, { key: new Key(1) }), new Linear(2, 2, { key: new Key(2) })];
   * b.loadStateDict(a.stateDict());
   * const report = b.loadStateDict({}, { strict: false });
   * report.missing; // => ["weight", "bias"]
   */
  loadStateDict(state: Readonly<StateDict>, options: { readonly strict?: boolean } = {}): LoadReport {
    const places = [...walk(this)];
    const names = new Set(places.map(([name]) => name));
    const pairs = places.filter(([name]) => Object.hasOwn(state, name));
    const given = new Set(pairs.map(([, tensor]) => tensor));
    const missing = Array.from(this.namedTensors()).flatMap(([name, tensor]) =>
      given.has(tensor) ? [] : [name],
    );
    const unexpected = Object.keys(state).filter((name) => !names.has(name));
    if ((options.strict ?? true) && missing.length + unexpected.length > 0) {
      throw new ArgumentError(`loadStateDict: missing ${list(missing)}; unexpected ${list(unexpected)}`);
    }
    for (const [name, tensor] of pairs) checkFits(name, tensor, state[name]);
    noGrad(() =>
      tidy(() => {
        for (const [name, tensor] of pairs) assign(tensor, cast(state[name], tensor.dtype));
      }),
    );
    return { missing, unexpected };
  }

  /** Frees every tensor of the tree. */
  dispose(): void {
    for (const [, tensor] of this.namedTensors()) tensor.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function checkFits(name: string, tensor: Tensor, given: Tensor): void {
  if (!sameShape(tensor.shape, given.shape)) {
    const got = `got ${formatShape(given.shape)}`;
    throw new ShapeError(`loadStateDict: ${name} is ${formatShape(tensor.shape)} (${got})`);
  }
  if (tensor.dtype !== given.dtype && !(isFloat(tensor.dtype) && isFloat(given.dtype))) {
    throw new DTypeError(`loadStateDict: ${name} is ${tensor.dtype} (got ${given.dtype})`);
  }
  const [to, from] = [tensor.backend, given.backend];
  if (to !== from) {
    const places = `the ${to.name} backend (got one on ${from.name === to.name ? "another one" : from.name})`;
    throw new ArgumentError(`loadStateDict: ${name} lives on ${places}; move it with to()`);
  }
}

function list(names: readonly string[]): string {
  if (names.length === 0) return "none";
  return names.length > 8 ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more` : names.join(", ");
}

/** Whether a value is part of the tree: a module, an array, or a plain record. @internal */
export function isBranch(value: unknown): value is object {
  if (value instanceof Module || Array.isArray(value)) return true;
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Tensors, modules, arrays and records of a tree with their paths, from the top, in the order of the fields. */
function* nodes(node: unknown, path: string, above: readonly unknown[]): Generator<[string, object]> {
  if (node instanceof Tensor) yield [path, node];
  if (node instanceof Tensor || !isBranch(node)) return;
  if (above.includes(node)) {
    throw new ArgumentError(
      `Module: ${path} leads back to a module that it is part of; keep it in a #private field`,
    );
  }
  yield [path, node];
  for (const [name, child] of Object.entries(node)) {
    yield* nodes(child, path === "" ? name : `${path}.${name}`, [...above, node]);
  }
}

function* walk(module: Module): Generator<[string, Tensor]> {
  for (const [name, node] of nodes(module, "", [])) if (node instanceof Tensor) yield [name, node];
}
