import type { Tensor } from "@saccade/core";

/** Tensors under PyTorch's names. */
export type TorchParameters = Readonly<Record<string, Tensor>>;

/** Those below a path, without it. */
export function below(parameters: TorchParameters, path: string): TorchParameters {
  const entries = Object.entries(parameters).filter(([name]) => name.startsWith(path));
  return Object.fromEntries(entries.map(([name, tensor]) => [name.slice(path.length), tensor]));
}

/** How many of `PATH0.`, `PATH1.`, ... there are. */
export function countBelow(parameters: TorchParameters, path: string): number {
  let count = 0;
  while (Object.keys(parameters).some((name) => name.startsWith(`${path}${count}.`))) count++;
  return count;
}

/** A tensor that must be there. */
export function required(parameters: TorchParameters, name: string): Tensor {
  const tensor = parameters[name];
  if (!tensor)
    throw new Error(`there is no parameter "${name}" (there are ${Object.keys(parameters).join(", ")})`);
  return tensor;
}
