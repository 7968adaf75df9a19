import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../layout.ts";
import { assign } from "../ops/in-place.ts";
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
 * statistics) belong to the tree, too.
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
 * console.log([...new Mlp().namedParameters()].map(([name]) => name)); // up.weight, up.bias, down.weight, down.bias
 */
export abstract class Module {
  /** Every tensor of the tree with its path, parameters and buffers; a tensor in two places comes once, under the first. */
  *namedTensors(): Generator<[string, Tensor]> {
    const seen = new Set<Tensor>();
    for (const [name, tensor] of walk(this, "")) {
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
    yield* walkModules(this, "");
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
   * Copies values into the module's tensors, by name. Nothing is changed if anything does not fit.
   *
   * @throws ShapeError if a shape or dtype differs; ArgumentError if names are missing or unexpected, unless `strict` is false
   */
  loadStateDict(state: Readonly<StateDict>, options: { readonly strict?: boolean } = {}): LoadReport {
    const own = this.stateDict();
    const missing = Object.keys(own).filter((name) => !Object.hasOwn(state, name));
    const unexpected = Object.keys(state).filter((name) => !Object.hasOwn(own, name));
    if ((options.strict ?? true) && missing.length + unexpected.length > 0) {
      throw new ArgumentError(`loadStateDict: missing ${list(missing)}; unexpected ${list(unexpected)}`);
    }
    const pairs = Object.entries(own).filter(([name]) => Object.hasOwn(state, name));
    for (const [name, tensor] of pairs) {
      const given = state[name];
      if (!sameShape(tensor.shape, given.shape) || tensor.dtype !== given.dtype) {
        throw new ShapeError(
          `loadStateDict: ${name} is ${tensor.dtype} ${formatShape(tensor.shape)} (got ${given.dtype} ${formatShape(given.shape)})`,
        );
      }
    }
    for (const [name, tensor] of pairs) assign(tensor, state[name]);
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

function list(names: readonly string[]): string {
  if (names.length === 0) return "none";
  return names.length > 8 ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more` : names.join(", ");
}

function isPlainRecord(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** The children of a module, array or record, with their paths. */
function* children(node: object, path: string): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(node)) yield [path === "" ? name : `${path}.${name}`, value];
}

function* walk(node: unknown, path: string): Generator<[string, Tensor]> {
  if (node instanceof Tensor) yield [path, node];
  else if (node instanceof Module || Array.isArray(node) || (typeof node === "object" && node !== null && isPlainRecord(node))) {
    for (const [name, child] of children(node, path)) yield* walk(child, name);
  }
}

function* walkModules(node: unknown, path: string): Generator<[string, Module]> {
  if (node instanceof Tensor) return;
  if (node instanceof Module) yield [path, node];
  if (node instanceof Module || Array.isArray(node) || (typeof node === "object" && node !== null && isPlainRecord(node))) {
    for (const [name, child] of children(node, path)) yield* walkModules(child, name);
  }
}
