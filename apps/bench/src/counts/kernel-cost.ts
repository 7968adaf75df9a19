import { bytesPerElement, type KernelName, type View } from "@saccade/core/backend";

/** What one call of a kernel takes at least. */
export interface Cost {
  /** Each input read once, each output written once. */
  readonly bytes: number;
  /** Multiplications and additions of products; everything else is not counted. */
  readonly flops: number;
}

type Views = readonly (View | null)[];

/** Kernels that read what they write. */
const inPlace: readonly KernelName[] = ["adamwStep", "scatterAdd"];

/** The cost of a call, from the shapes of its operands. */
export function kernelCost(name: KernelName, inputs: Views, outputs: Views, attrs: unknown): Cost {
  const written = total(outputs);
  // Tables of embeddings: as many rows as there are indices.
  if (name === "gather")
    return { bytes: written + bytesOf(inputs[1]) + Math.min(bytesOf(inputs[0]), written), flops: 0 };
  if (name === "scatterAdd") {
    return { bytes: total(inputs) + 2 * Math.min(bytesOf(inputs[1]), written), flops: 0 };
  }
  return {
    bytes: total(inputs) + written * (inPlace.includes(name) ? 2 : 1),
    flops: flopsOf(name, inputs, outputs, attrs),
  };
}

function flopsOf(name: KernelName, [first, second, third]: Views, outputs: Views, attrs: unknown): number {
  const out = outputs[0];
  // Of recurrent layers: a product of the gates' size with the weight.
  if (name.endsWith("SequenceBackward")) return first && out ? 2 * sizeOf(out.shape) * first.shape[1] : 0;
  if (!first || !second || !out) return 0;
  if (name.endsWith("Sequence")) return 2 * sizeOf(first.shape) * second.shape[1];
  if (name === "matmul") return 2 * sizeOf(out.shape) * first.shape[first.shape.length - 1];
  if (name === "linear" || name === "quantizedLinear") return 2 * sizeOf(out.shape) * first.shape[1];
  if (name !== "attention" && name !== "attentionBackward") return 0;
  if (!third) return 0;
  const [batch, heads, queries, width] = first.shape;
  const keys = second.shape[2];
  const { causal } = attrs as { readonly causal: boolean };
  // The last query sees all keys, each one before it one less.
  const seen = causal ? queries * keys - (queries * (queries - 1)) / 2 : queries * keys;
  const products = width + third.shape[3];
  // Backward: scores again, and the gradients of weights, queries, keys and values.
  const times = name === "attention" ? products : 3 * width + 2 * third.shape[3];
  return 2 * batch * heads * seen * times;
}

function total(views: Views): number {
  return views.reduce((sum, view) => sum + bytesOf(view), 0);
}

/** What is broadcast counts once. */
function bytesOf(view: View | null): number {
  if (view === null) return 0;
  const distinct = view.shape.map((size, d) => (view.strides[d] === 0 ? Math.min(size, 1) : size));
  return sizeOf(distinct) * bytesPerElement[view.dtype];
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
