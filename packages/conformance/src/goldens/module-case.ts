import { type Tensor, tidy, vjp } from "@saccade/core";
import type { Config } from "./config.ts";
import type { CaseContext, Handler } from "./context.ts";
import type { Kind } from "./tensor-store.ts";

/** What a forward function of a case gets. */
export interface ModuleCall {
  readonly config: Config;
  readonly op: string;
  /** Inputs in the order of the list. */
  readonly inputs: readonly Tensor[];
  /** An input by name; throws if it is not there. */
  input(name: string): Tensor;
  /** An input that may be missing. */
  optional(name: string): Tensor | null;
  /** Parameters by their (PyTorch) names. */
  readonly params: Readonly<Record<string, Tensor>>;
  /** Inputs by name. */
  readonly named: Readonly<Record<string, Tensor>>;
  readonly outputs: readonly string[];
  /** Whether NaN or infinities are expected. */
  readonly nonfinite: boolean;
  /** Says in the report what was compared otherwise than recorded, by design. */
  remark(text: string): void;
  /** The shape that an output should have: for options that the list leaves out. */
  shapeOf(output: string): readonly number[];
  /** Whether an output should be floats, integers or a mask. */
  kindOf(output: string): Kind;
}

/** One tensor is the first output; otherwise outputs by name (others are ignored). */
export type ModuleOutputs = Tensor | Readonly<Record<string, Tensor>>;
export type Forward = (call: ModuleCall) => ModuleOutputs;

/**
 * How a case of inputs, parameters and outputs is computed. What reads tensors (and so must wait) does that in
 * `prepare`; `forward` is differentiated.
 */
export interface PreparedAdapter {
  readonly prepare: (call: ModuleCall) => Promise<Readonly<Record<string, Tensor>>>;
  readonly forward: (call: ModuleCall, prepared: Readonly<Record<string, Tensor>>) => ModuleOutputs;
}
export type ModuleAdapter = Forward | PreparedAdapter;

/** An adapter whose outputs all depend on data: nothing to differentiate. */
export function reading(
  prepare: (call: ModuleCall) => Promise<Readonly<Record<string, Tensor>>>,
): PreparedAdapter {
  return { prepare, forward: (_, prepared) => prepared };
}

function callOf(
  context: CaseContext,
  inputs: Readonly<Record<string, Tensor>>,
  params: Readonly<Record<string, Tensor>>,
): ModuleCall {
  const { golden } = context;
  return {
    config: golden.config,
    op: golden.op,
    inputs: golden.inputs.map((name) => inputs[name]),
    input(name) {
      if (!Object.hasOwn(inputs, name))
        throw new Error(`the case has no input "${name}" (it has ${golden.inputs.join(", ")})`);
      return inputs[name];
    },
    optional: (name) => (Object.hasOwn(inputs, name) ? inputs[name] : null),
    params,
    named: inputs,
    outputs: golden.outputs,
    nonfinite: golden.entry.boolean("nonfinite", false),
    remark: (text) => context.remarks.push(text),
    shapeOf: (output) => context.stored(`out/${output}`).shape,
    kindOf: (output) => context.stored(`out/${output}`).kind,
  };
}

/** The outputs in the order of the list. */
function inOrder(outcome: ModuleOutputs, names: readonly string[]): Tensor[] {
  if ("dtype" in outcome && typeof outcome.dtype === "string") return [outcome as Tensor];
  const record = outcome as Readonly<Record<string, Tensor>>;
  return names.map((name) => {
    if (!Object.hasOwn(record, name)) throw new Error(`the adapter gives no output "${name}"`);
    return record[name];
  });
}

/** A handler that runs an adapter forward and backward, and compares outputs and gradients. */
export function moduleHandler(adapter: ModuleAdapter): Handler {
  const { prepare, forward } = typeof adapter === "function" ? { prepare: null, forward: adapter } : adapter;
  return async (context) => {
    const { golden } = context;
    const owned: Tensor[] = [];
    const own = <T extends readonly Tensor[]>(tensors: T): T => {
      owned.push(...tensors);
      return tensors;
    };
    const load = (kind: string, names: readonly string[]): Readonly<Record<string, Tensor>> =>
      Object.fromEntries(names.map((name) => [name, own([context.tensor(`${kind}/${name}`)])[0]]));
    try {
      const inputs = load("in", golden.inputs);
      const params = load("param", golden.params);
      const call = callOf(context, inputs, params);
      const prepared = prepare ? await prepare(call) : {};
      own(Object.values(prepared));
      const sources = [...golden.grads, ...golden.gradsAbsent];
      const compute = (): readonly Tensor[] => inOrder(forward(call, prepared), golden.outputs);
      if (sources.length === 0) {
        await checkOutputs(context, own(tidy(compute)));
        return;
      }
      const wanted = sources.map((key) =>
        key.startsWith("in/") ? inputs[key.slice(3)] : params[key.slice(6)],
      );
      const cotangents = golden.outputs.map((name) =>
        golden.upstream.includes(name) ? own([context.tensor(`gout/${name}`)])[0] : null,
      );
      const result = vjp(compute, wanted, cotangents);
      own(result.outputs);
      own(result.grads);
      await checkOutputs(context, result.outputs);
      for (const [i, key] of sources.entries()) {
        if (golden.gradsAbsent.includes(key)) await checkNoGradient(context, key, result.grads[i]);
        else await context.check(`grad/${key}`, result.grads[i]);
      }
    } finally {
      for (const tensor of owned) tensor.dispose();
    }
  };
}

async function checkOutputs(context: CaseContext, outputs: readonly Tensor[]): Promise<void> {
  for (const [i, name] of context.golden.outputs.entries()) await context.check(`out/${name}`, outputs[i]);
}

async function checkNoGradient(context: CaseContext, key: string, gradient: Tensor): Promise<void> {
  const values = await gradient.data();
  const at = values.findIndex((value: number) => value !== 0);
  if (at !== -1) context.fail(`grad/${key}`, `should have no gradient (got ${values[at]})`);
}
