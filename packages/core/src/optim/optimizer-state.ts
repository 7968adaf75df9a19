import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../layout.ts";
import type { Tensor } from "../tensor.ts";

/** All that an optimizer remembers. Everything but `tensors` is JSON. */
export interface OptimizerState {
  /** Name of the algorithm. */
  readonly algorithm: string;
  /** Steps taken. */
  readonly step: number;
  /** Steps of each parameter: fewer where its gradient was null. */
  readonly parameterSteps: readonly number[];
  /** Learning rate of each group; null where it is a schedule, which needs no state. */
  readonly learningRates: readonly (number | null)[];
  /** State tensors by parameter index and name: `{ "0.expAvg": ... }`. */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** What a state has to fit. */
export interface StateOwner {
  readonly name: string;
  readonly parameters: readonly Tensor[];
  readonly groupCount: number;
  /** Names of the state tensors of each parameter. */
  readonly slots: readonly (readonly string[])[];
}

/**
 * The state tensors of each parameter, by name.
 *
 * @throws ArgumentError, ShapeError where the state is another optimizer's
 */
export function checkState(state: OptimizerState, owner: StateOwner): readonly Map<string, Tensor>[] {
  const { name, parameters, groupCount } = owner;
  const fail = (problem: string): never => {
    throw new ArgumentError(`${name}.loadStateDict: ${problem}`);
  };
  if (!Array.isArray(state.parameterSteps) || !Array.isArray(state.learningRates)) {
    fail("this is not the state of an optimizer");
  }
  if (state.algorithm !== name) fail(`the state is of ${state.algorithm}`);
  if (!isCount(state.step)) fail(`the step must be a count (got ${state.step})`);
  if (state.parameterSteps.length !== parameters.length || !state.parameterSteps.every(isCount)) {
    fail(
      `the state is of ${state.parameterSteps.length} parameters (the optimizer has ${parameters.length})`,
    );
  }
  if (state.learningRates.length !== groupCount) {
    fail(`the state is of ${state.learningRates.length} groups (the optimizer has ${groupCount})`);
  }
  const rest = new Map(Object.entries(state.tensors));
  const result = parameters.map((parameter, i) => {
    const slots = new Map<string, Tensor>();
    if (state.parameterSteps[i] === 0) return slots;
    for (const slot of owner.slots[i]) {
      const key = `${i}.${slot}`;
      const tensor = rest.get(key) ?? fail(`the state has no ${key}`);
      if (!sameShape(tensor.shape, parameter.shape) || tensor.dtype !== parameter.dtype) {
        const got = `got ${tensor.dtype} ${formatShape(tensor.shape)}`;
        const wanted = `${key} must be ${parameter.dtype} ${formatShape(parameter.shape)}`;
        throw new ShapeError(`${name}.loadStateDict: ${wanted} (${got})`);
      }
      if (tensor.backend !== parameter.backend) {
        fail(`${key} lives on another backend than its parameter; move it with to()`);
      }
      rest.delete(key);
      slots.set(slot, tensor);
    }
    return slots;
  });
  if (rest.size > 0) fail(`the state has ${[...rest.keys()].slice(0, 8).join(", ")}, which belongs nowhere`);
  return result;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
