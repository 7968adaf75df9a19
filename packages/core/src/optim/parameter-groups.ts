import { requireFloat } from "../dtype.ts";
import { ArgumentError, LifetimeError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import type { Algorithm, Hyperparameters } from "./algorithm.ts";

/** Parameters with hyperparameters of their own; those not named are the optimizer's. */
export type ParameterGroupOptions<H> = Partial<H> & { readonly params: readonly Tensor[] };

/** What an optimizer optimizes: parameters, or groups of them. */
export type OptimizerParameters<H> = readonly Tensor[] | readonly ParameterGroupOptions<H>[];

/** A group with every hyperparameter filled in. Its `lr` may be changed between steps. */
export type ParameterGroup<H extends Hyperparameters = Hyperparameters> = H & {
  readonly params: readonly Tensor[];
};

/**
 * The groups of an optimizer: defaults, overridden by its options, overridden by the group's.
 *
 * @throws ArgumentError for an unknown option, no parameters, one given twice, or numbers that make no sense
 */
export function resolveGroups<H extends Hyperparameters>(
  algorithm: Algorithm<H>,
  parameters: OptimizerParameters<H>,
  options: Partial<H>,
): readonly ParameterGroup<H>[] {
  const { name, defaults } = algorithm;
  const common = { ...defaults, ...known(algorithm, options) };
  const given = areGroups(parameters) ? parameters : [{ params: parameters }];
  const groups = given.map((group): ParameterGroup<H> => {
    const { params, ...own } = group;
    const hyper: H = { ...common, ...known(algorithm, own as unknown as Partial<H>) };
    algorithm.check(hyper);
    return { ...hyper, params: [...params] };
  });
  const all = groups.flatMap(({ params }) => params);
  if (all.length === 0) throw new ArgumentError(`${name}: there are no parameters to optimize`);
  checkParameters(name, all);
  return groups;
}

function areGroups<H>(parameters: OptimizerParameters<H>): parameters is readonly ParameterGroupOptions<H>[] {
  return parameters.length > 0 && "params" in parameters[0];
}

/** Options that the algorithm has, without those that are undefined. */
function known<H extends Hyperparameters>({ name, defaults }: Algorithm<H>, options: Partial<H>): Partial<H> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [option] of entries) {
    if (Object.hasOwn(defaults, option)) continue;
    const all = Object.keys(defaults).join(", ");
    throw new ArgumentError(`${name}: there is no option "${option}" (there are ${all})`);
  }
  return Object.fromEntries(entries) as Partial<H>; // the same keys and values
}

function checkParameters(name: string, parameters: readonly Tensor[]): void {
  const seen = new Set<number>();
  for (const [i, parameter] of parameters.entries()) {
    requireFloat(name, parameter, `parameter ${i}`);
    if (!parameter.isContiguous) {
      const problem = `parameter ${i} cannot change in place: it is a strided view (${parameter.describe()})`;
      throw new LifetimeError(`${name}: ${problem}`);
    }
    if (seen.has(parameter.id)) {
      throw new ArgumentError(`${name}: parameter ${i} is given twice (${parameter.describe()})`);
    }
    seen.add(parameter.id);
  }
}
