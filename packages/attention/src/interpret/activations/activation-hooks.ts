import { keep, permute, Tensor } from "@saccade/core";
import { withAttentionHook } from "../../scaled-dot-product/attention-hooks.ts";
import { CallNames, type ModuleTree } from "../module-paths.ts";
import { withModuleHook } from "./module-hooks.ts";

/** One activation of a model, when it has been computed. */
export interface ActivationCall {
  /** Of what: `layers.0`, `layers.0:weights` of what is returned in a record, `layers.0.attention:heads`. */
  readonly place: string;
  /** The place, and from the second time on a number: `layers.0#2`. */
  readonly name: string;
  readonly output: Tensor;
  /** The tensors among what the module was called with, in order; of `:heads` queries, keys and values. */
  readonly inputs: readonly Tensor[];
}

/** Sees an activation; what it returns goes on in its place. */
export type ActivationHook = (call: ActivationCall) => Tensor;

/** Another handle of the same numbers, in the current scope. */
export function viewOf(x: Tensor): Tensor {
  return permute(
    x,
    x.shape.map((_, axis) => axis),
  );
}

/** Runs `body` with a function that gives handles of tensors which outlive scopes, until this call ends. */
export function holding<T>(body: (hold: (x: Tensor) => Tensor) => T): T {
  const held: Tensor[] = [];
  try {
    return body((x) => {
      const view = keep(viewOf(x));
      held.push(view);
      return view;
    });
  } finally {
    for (const each of held) each.dispose();
  }
}

/** The path of a module as a place: a model that is itself one module is "model". */
const placeOf = (path: string): string => path || "model";

/** Runs `body` with a hook that sees what every module of the model, and every head that attends, gives. */
export function withActivationHook<T>(model: ModuleTree, hook: ActivationHook, body: () => T): T {
  const names = new CallNames(model);
  const see = (place: string, output: Tensor, inputs: readonly Tensor[]): Tensor =>
    hook({ place, name: names.next(place), output, inputs });
  const attending = (): T =>
    withAttentionHook(
      ({ owner, out, inputs: [q, k, v] }) => see(`${names.path(owner)}:heads`, out, [q, k, v]),
      body,
    );
  return withModuleHook(
    names.modules(),
    ({ path, inputs, run }) => {
      const tensors = inputs.filter((input) => input instanceof Tensor);
      return mapTensors(run(), placeOf(path), (place, output) => see(place, output, tensors));
    },
    attending,
  );
}

/** What a module returned, with other tensors: in arrays and plain records, too. */
function mapTensors(value: unknown, place: string, visit: (place: string, x: Tensor) => Tensor): unknown {
  if (value instanceof Tensor) return visit(place, value);
  const below = (name: string | number, part: unknown): unknown =>
    mapTensors(part, place.includes(":") ? `${place}.${name}` : `${place}:${name}`, visit);
  if (Array.isArray(value)) return value.map((part, i) => below(i, part));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, below(name, part)]));
}
