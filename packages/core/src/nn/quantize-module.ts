import { ArgumentError } from "../errors.ts";
import type { QuantizeOptions } from "../ops/quantize.ts";
import { Linear } from "./linear.ts";
import { isBranch, type Module } from "./module.ts";
import { QuantizedLinear } from "./quantized-linear.ts";

/** What `quantizeModule` did, by the paths of the layers. */
export interface QuantizeReport {
  readonly quantized: readonly string[];
  /** Layers whose rows are not whole blocks: they stay as they are. */
  readonly left: readonly string[];
}

/**
 * Replaces every `Linear` in a module's tree by a `QuantizedLinear`, in place, and disposes of weights that nothing
 * else in the tree holds. Embeddings and norms stay as they are.
 *
 * @throws ArgumentError if the module itself is a `Linear`; as `quantize`: nothing is changed then
 * @example
 * const model = new Sequential(new Linear(32, 8, { key: new Key(0) }), new Linear(8, 2, { key: new Key(1) }));
 * const { quantized, left } = quantizeModule(model, { bits: 4 });
 * quantized; // => ["layers.0"]
 * left; // => ["layers.1"]
 */
export function quantizeModule(module: Module, options: QuantizeOptions): QuantizeReport {
  if (module instanceof Linear)
    throw new ArgumentError("quantizeModule: the module is a Linear itself; make a QuantizedLinear of it");
  const { blockSize = 32 } = options;
  const made = new Map<Linear, QuantizedLinear>();
  const left: string[] = [];
  const quantized: string[] = [];
  try {
    for (const [name, layer] of module.namedModules()) {
      if (!(layer instanceof Linear)) continue;
      if (layer.weight.shape[1] % blockSize !== 0) left.push(name);
      else {
        quantized.push(name);
        if (!made.has(layer)) made.set(layer, new QuantizedLinear(layer, options));
      }
    }
  } catch (error) {
    for (const { codes, scales } of made.values()) for (const tensor of [codes, scales]) tensor.dispose();
    throw error;
  }
  exchange(module, made);
  const held = new Set(Object.values(module.stateDict()));
  for (const { weight } of made.keys()) if (!held.has(weight)) weight.dispose();
  return { quantized, left };
}

/** Puts the new layers where the old ones are, everywhere in the tree. */
function exchange(node: object, made: ReadonlyMap<Linear, QuantizedLinear>): void {
  const fields = node as Record<string, unknown>; // modules, arrays and records alike
  for (const [name, child] of Object.entries(fields)) {
    const instead = child instanceof Linear ? made.get(child) : undefined;
    if (instead) fields[name] = instead;
    else if (isBranch(child)) exchange(child, made);
  }
}
