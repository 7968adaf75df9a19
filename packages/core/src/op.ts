import { currentAutocast, fullPrecisionOps, withoutAutocast } from "./autocast-state.ts";
import type {
  Backend,
  DType,
  FusedKernelName,
  FusedKernels,
  RequiredKernelName,
  RequiredKernels,
  View,
} from "./backend.ts";
import { checkDtype } from "./dtype.ts";
import { ArgumentError } from "./errors.ts";
import type { Layout } from "./layout.ts";
import { currentScope, tidy } from "./scope.ts";
import { recordingTapes, recordOn, withoutRecording } from "./tape.ts";
import { allocate, type Tensor, viewOf } from "./tensor.ts";

/** Inputs of an op: tensors, `null` where an optional one is absent. */
export type Inputs = readonly (Tensor | null)[];

/** Shape and dtype of an output that does not exist yet. */
export interface TensorSpec {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** What a gradient rule gets. Inputs and outputs that `saves` does not name are null, whatever their type says. */
export interface VjpContext<I extends Inputs, A> {
  /** Gradients of the outputs, in their shapes; null where nothing depends on that output. */
  readonly grads: readonly (Tensor | null)[];
  /** The gradient of the first output: what rules of single-output ops use. */
  readonly grad: Tensor;
  readonly inputs: I;
  readonly outputs: readonly Tensor[];
  /** Shape and dtype of every input, saved or not. */
  readonly specs: { readonly [N in keyof I]: TensorSpec };
  readonly attrs: A;
  /** Whether anybody asks for the gradient of input i: what nobody needs may be returned as null. */
  readonly needs: readonly boolean[];
}

/** Which tensors a gradient rule reads, by index; everything else dies with its scope. */
export interface Saves {
  readonly inputs?: readonly number[];
  readonly outputs?: readonly number[];
}

/** How an op reaches a kernel. Made by `required` and `fused`. */
export interface KernelRef<I extends readonly (View | null)[], A> {
  supports(backend: Backend, inputs: I, attrs: A): boolean;
  launch(backend: Backend, inputs: I, outputs: readonly Tensor[], attrs: A): void;
}

/** All there is to know about an op. */
export interface OpDefinition<I extends Inputs, A> {
  /** Shapes and dtypes of the outputs; throws ShapeError, DTypeError or ArgumentError before anything is allocated. */
  infer?(inputs: I, attrs: A): readonly TensorSpec[];
  /** Instead of `infer`, for ops that only look at their first input differently: the new layout, no copy. */
  alias?(inputs: I, attrs: A): Layout;
  readonly kernel?: KernelRef<I, A>;
  /** The definition in other ops: the specification of the kernel, and what runs where there is none. */
  compose?(inputs: I, attrs: A): readonly Tensor[];
  /** What `vjp` reads. May depend on the attributes. */
  saves?(attrs: A): Saves;
  /**
   * Vector-Jacobian product: gradients of the inputs from gradients of the outputs. A gradient may have the broadcast
   * shape of its input: the walker sums it down. Without a rule, `compose` is differentiated.
   */
  vjp?(context: VjpContext<I, A>): readonly (Tensor | null)[];
  /** False for ops whose derivative is zero or meaningless by definition (comparisons, floor, random): constants to a tape. */
  readonly differentiable?: boolean;
}

/** An op: a name and its definition. */
export interface Op<I extends Inputs, A> {
  readonly name: string;
  readonly definition: OpDefinition<I, A>;
}

/** Any op, as the registry and tapes hold it. */
export type AnyOp = Op<Inputs, unknown>;

const registry = new Map<string, AnyOp>();

/**
 * Defines an op and registers it by name: one file tells all about it.
 *
 * @throws ArgumentError if the name is taken, or the definition has neither kernel, alias nor compose
 * @example
 * const cube = defineOp<[Tensor], { scale: number }>("scaledCube", {
 *   infer: ([x]) => [x],
 *   compose: ([x], { scale }) => [x.mul(x).mul(x).mul(scale)],
 *   saves: () => ({ inputs: [0] }),
 *   vjp: ({ grad, inputs: [x], attrs }) => [grad.mul(x.square()).mul(3 * attrs.scale)],
 * });
 * const [y] = run(cube, [tensor([1, 2])], { scale: 2 });
 */
export function defineOp<I extends Inputs, A>(name: string, definition: OpDefinition<I, A>): Op<I, A> {
  if (registry.has(name)) throw new ArgumentError(`defineOp: an op named "${name}" is already defined`);
  if (!definition.alias && !definition.kernel && !definition.compose) {
    throw new ArgumentError(
      `defineOp: "${name}" has neither a kernel, nor an alias, nor a compose: it cannot be computed`,
    );
  }
  if (!definition.alias && !definition.infer) throw new ArgumentError(`defineOp: "${name}" has no infer`);
  const op: Op<I, A> = { name, definition };
  registry.set(name, op as unknown as AnyOp); // the registry forgets the input types; only tests walk it
  return op;
}

/** Every op defined so far, by name. */
export function registeredOps(): ReadonlyMap<string, AnyOp> {
  return registry;
}

/** The op runs on the required kernel `name`, with the op's own inputs and attributes. */
export function required<N extends RequiredKernelName>(
  name: N,
): KernelRef<Readonly<RequiredKernels[N]["inputs"]>, RequiredKernels[N]["attrs"]> {
  return {
    supports: () => true,
    launch(backend, inputs, outputs, attrs) {
      // `infer` fixes the number of outputs; TypeScript cannot see that.
      backend.kernels[name](inputs, outputs as unknown as Readonly<RequiredKernels[N]["outputs"]>, attrs);
    },
  };
}

/** The op runs on the fused kernel `name` where the backend has it and supports the call. */
export function fused<N extends FusedKernelName>(
  name: N,
): KernelRef<Readonly<FusedKernels[N]["inputs"]>, FusedKernels[N]["attrs"]> {
  return {
    supports(backend, inputs, attrs) {
      const kernel = backend.fused[name];
      return kernel !== undefined && (kernel.supports === undefined || kernel.supports(inputs, attrs));
    },
    launch(backend, inputs, outputs, attrs) {
      backend.fused[name]?.run(inputs, outputs as unknown as Readonly<FusedKernels[N]["outputs"]>, attrs);
    },
  };
}

/**
 * The backend on which all inputs live: for what calls kernels by itself.
 *
 * @throws ArgumentError where they live on several, or none is a tensor
 * @internal
 */
export function commonBackend(name: string, inputs: Inputs): Backend {
  let backend: Backend | null = null;
  for (const input of inputs) {
    if (input === null) continue;
    if (backend === null) backend = input.backend;
    else if (backend !== input.backend) {
      throw new ArgumentError(
        `${name}: inputs live on two backends (${backend.name}, ${input.backend.name}); move one with to()`,
      );
    }
  }
  if (backend === null) throw new ArgumentError(`${name}: no input is a tensor`);
  return backend;
}

/** In a scope of its own, so that a kernel that throws leaves nothing behind. */
function runInScope<I extends Inputs, A>(op: Op<I, A>, inputs: I, attrs: A, backend: Backend | undefined) {
  return tidy(() => run(op, inputs, attrs, backend));
}

/** Under autocast, an op whose inputs are to be f32. */
function runWide<I extends Inputs, A>(op: Op<I, A>, inputs: I, attrs: A, backend: Backend | undefined) {
  return withoutAutocast(() => run(op, widen(op.name, inputs), attrs, backend));
}

function allocateAll(name: string, on: Backend, specs: readonly TensorSpec[]): readonly Tensor[] {
  const outputs: Tensor[] = [];
  for (const { dtype, shape } of specs) {
    checkDtype(name, on, dtype);
    outputs.push(allocate(name, on, dtype, shape));
  }
  return outputs;
}

/** The composed form, not recorded; in the current scope are its outputs alone. */
function runComposed<I extends Inputs, A>(
  op: Op<I, A>,
  inputs: I,
  attrs: A,
  specs: readonly TensorSpec[],
  on: Backend,
): readonly Tensor[] {
  // An output is a value of its own, also where the definition hands back an input.
  const distinct = (output: Tensor): Tensor =>
    inputs.some((input) => input?.id === output.id) ? viewOf(output, output) : output;
  return withoutRecording(() => tidy(() => computeWithoutKernel(op, inputs, attrs, specs, on).map(distinct)));
}

/** What tapes differentiate through the definition: they record what it calls. */
function runRecorded<I extends Inputs, A>(
  op: Op<I, A>,
  inputs: I,
  attrs: A,
  specs: readonly TensorSpec[],
  on: Backend,
): readonly Tensor[] {
  return tidy(() => computeWithoutKernel(op, inputs, attrs, specs, on));
}

/** The composed form. Of f16 the op itself in f32, by a kernel or composed: what is rounded is the result. */
function computeWithoutKernel<I extends Inputs, A>(
  op: Op<I, A>,
  inputs: I,
  attrs: A,
  specs: readonly TensorSpec[],
  on: Backend,
): readonly Tensor[] {
  const {
    name,
    definition: { compose },
  } = op;
  return withoutAutocast(() => {
    if (inputs.some(isHalf))
      return run(op, widen(name, inputs), attrs).map((output, i) => castTo(name, output, specs[i].dtype));
    if (compose) return compose(inputs, attrs);
    throw new ArgumentError(
      `${name}: the ${on.name} backend has no kernel for these inputs, and the op no composed form`,
    );
  });
}

function isHalf(input: Tensor | null): boolean {
  return input?.dtype === "f16";
}

/** f16 as f32. */
function widen<I extends Inputs>(name: string, inputs: I): I {
  const wide = inputs.map((input) => (input?.dtype === "f16" ? castTo(name, input, "f32") : input));
  return wide as unknown as I; // as many inputs, of the same kinds: only their dtypes differ
}

/** Recorded as any other op. */
function castTo(name: string, x: Tensor, dtype: DType): Tensor {
  const castOp = registry.get("cast");
  if (!castOp) throw new ArgumentError(`${name}: no op "cast" is defined, by which f16 is computed in f32`);
  return x.dtype === dtype ? x : run(castOp, [x], { dtype })[0];
}

/**
 * Runs an op: infers, chooses the kernel or composes, allocates, launches, records. Every call goes through here, so that
 * what is rare is elsewhere: a closure in this function would cost every call.
 *
 * @param backend where to run an op without tensor inputs; otherwise the inputs' own
 * @returns the outputs, in the current scope
 */
export function run<I extends Inputs, A>(
  op: Op<I, A>,
  inputs: I,
  attrs: A,
  backend?: Backend,
): readonly Tensor[] {
  if (currentScope() === null) return runInScope(op, inputs, attrs, backend);
  const { name, definition } = op;
  if (currentAutocast() !== null && fullPrecisionOps.has(name) && inputs.some(isHalf))
    return runWide(op, inputs, attrs, backend);
  const tapes = recordingTapes(inputs);
  if (definition.alias) {
    const outputs = [viewOf(inputs[0] as Tensor, definition.alias(inputs, attrs))];
    if (tapes !== null) recordOn(tapes, op as unknown as AnyOp, inputs, outputs, attrs);
    return outputs;
  }
  const on = backend ?? commonBackend(name, inputs);
  const specs = definition.infer?.(inputs, attrs) ?? [];
  // A recorded op without a rule of its own is differentiated through its definition.
  const viaCompose =
    tapes !== null && !definition.vjp && definition.compose && definition.differentiable !== false;
  if (viaCompose) return runRecorded(op, inputs, attrs, specs, on);
  let outputs: readonly Tensor[];
  if (definition.kernel?.supports(on, inputs, attrs)) {
    outputs = allocateAll(name, on, specs);
    definition.kernel.launch(on, inputs, outputs, attrs);
  } else outputs = runComposed(op, inputs, attrs, specs, on);
  if (tapes !== null) recordOn(tapes, op as unknown as AnyOp, inputs, outputs, attrs);
  return outputs;
}

/** `run` for ops with one output. */
export function runOne<I extends Inputs, A>(op: Op<I, A>, inputs: I, attrs: A, backend?: Backend): Tensor {
  return run(op, inputs, attrs, backend)[0];
}
