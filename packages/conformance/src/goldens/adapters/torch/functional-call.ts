import type { Tensor } from "@saccade/core";
import type { Module } from "@saccade/core/nn";

/** The object that holds the last name of a path, and that name. */
function holderOf(module: Module, path: string): { holder: Record<string, unknown>; name: string } {
  const names = path.split(".");
  const name = names.pop() ?? "";
  let holder = module as unknown as Record<string, unknown>; // a module is the tree of its fields
  for (const each of names) holder = holder[each] as Record<string, unknown>;
  return { holder, name };
}

/**
 * Runs `fn` with other tensors in the place of a module's parameters (as `torch.func.functional_call` does): gradients
 * then flow to those, also where they are views of larger ones.
 *
 * @param tensors  by path; every parameter of the module must be named
 * @throws Error if one is missing or does not fit
 */
export function functionalCall<T>(module: Module, tensors: Readonly<Record<string, Tensor>>, fn: () => T): T {
  const own = [...module.namedParameters()];
  for (const [path, parameter] of own) {
    const given = tensors[path];
    if (!given) throw new Error(`no tensor is given for ${path}`);
    if (given.shape.join() !== parameter.shape.join()) {
      throw new Error(`${path} is [${parameter.shape.join(",")}] (got ${given.describe()})`);
    }
  }
  const replace = (path: string, tensor: Tensor): void => {
    const { holder, name } = holderOf(module, path);
    holder[name] = tensor;
  };
  for (const [path] of own) replace(path, tensors[path]);
  try {
    return fn();
  } finally {
    for (const [path, parameter] of own) replace(path, parameter);
  }
}
