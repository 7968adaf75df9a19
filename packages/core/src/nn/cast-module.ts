import type { DType } from "../backend.ts";
import { isFloat } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { cast } from "../ops/cast.ts";
import { keep, tidy } from "../scope.ts";
import { noGrad } from "../tape.ts";
import { Tensor } from "../tensor.ts";
import { isBranch, type Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/**
 * Casts every float of a module, parameters and buffers, in place: `castModule(model, "f16")` halves the memory of a model
 * for inference. Tied tensors stay tied; the old ones are disposed of, so make optimizers afterwards.
 *
 * For training keep f32 and compute under `autocast`: steps of an optimizer are too small for f16.
 *
 * @returns the same module
 * @throws ArgumentError for a dtype that is not float; DTypeError where the backend lacks it: nothing is changed then
 * @example
 * const layer = castModule(new Linear(2, 3, { key: new Key(0) }), "f16");
 * layer.forward(ones([1, 2], { dtype: "f16" })).dtype; // => "f16"
 */
export function castModule<M extends Module>(module: M, dtype: DType): M {
  if (!isFloat(dtype)) throw new ArgumentError(`castModule: the dtype must be float (got ${dtype})`);
  const replaced = new Map<Tensor, Tensor>();
  try {
    for (const [, tensor] of module.namedTensors()) {
      if (!isFloat(tensor.dtype) || tensor.dtype === dtype) continue;
      const made = noGrad(() => tidy(() => cast(tensor, dtype)));
      replaced.set(tensor, tensor instanceof Parameter ? new Parameter(made) : keep(made));
    }
  } catch (error) {
    for (const made of replaced.values()) made.dispose();
    throw error;
  }
  exchange(module, replaced);
  for (const old of replaced.keys()) old.dispose();
  return module;
}

/** Puts the new tensors where the old ones are, everywhere in the tree. */
function exchange(node: object, replaced: ReadonlyMap<Tensor, Tensor>): void {
  const fields = node as Record<string, unknown>; // modules, arrays and records alike
  for (const [name, child] of Object.entries(fields)) {
    if (child instanceof Tensor) {
      const made = replaced.get(child);
      if (made) fields[name] = made;
    } else if (isBranch(child)) exchange(child, replaced);
  }
}
