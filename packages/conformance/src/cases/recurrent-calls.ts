import { concat, Key, randn, sigmoid, type Tensor, tanh } from "@saccade/core";
import type { InputSpec, LayoutSpec, Values } from "./case.ts";
import { computed, f32, i32, list, normal, standardNormal } from "./specs.ts";

/** A call of a kernel over sequences: what its inputs are made of. */
export interface SequenceCall {
  readonly name: string;
  readonly B: number;
  readonly T: number;
  readonly H: number;
  readonly lengths?: readonly number[];
  readonly reverse?: boolean;
  /** Of the gates, or of dy. */
  readonly layout?: LayoutSpec;
  /** Of the gates, or of dy. */
  readonly values?: Values;
}

/** Everything that a kernel might do wrong with sizes, padding, directions and strides. */
export const sequenceCalls: readonly SequenceCall[] = [
  { name: "one of everything", B: 1, T: 1, H: 1 },
  { name: "odd sizes", B: 3, T: 5, H: 7 },
  { name: "one sequence", B: 1, T: 4, H: 36 },
  { name: "two sequences, in reverse", B: 2, T: 3, H: 20, reverse: true },
  { name: "many sequences", B: 19, T: 3, H: 12 },
  { name: "five sequences", B: 5, T: 2, H: 33, reverse: true },
  { name: "two sequences, more steps", B: 2, T: 5, H: 45 },
  { name: "more sequences than a tile has", B: 30, T: 4, H: 72, reverse: true },
  { name: "large", B: 9, T: 10, H: 96 },
  { name: "wide", B: 2, T: 2, H: 264 },
  { name: "lengths", B: 4, T: 5, H: 8, lengths: [5, 0, 3, 1] },
  { name: "lengths, in reverse", B: 4, T: 5, H: 8, lengths: [5, 0, 3, 1], reverse: true },
  { name: "many steps", B: 1, T: 300, H: 2 },
  { name: "lengths, wide", B: 3, T: 3, H: 133, lengths: [2, 3, 1], reverse: true },
  { name: "transposed", B: 3, T: 4, H: 8, layout: { order: [2, 1, 0] } },
  { name: "a half of what is twice as wide", B: 3, T: 4, H: 8, layout: { steps: [1, 2, 1], offset: 3 } },
  { name: "flipped", B: 3, T: 4, H: 5, layout: { steps: [-1, -1, -1] } },
  { name: "the same everywhere", B: 3, T: 4, H: 8, layout: { steps: [0, 0, 0] } },
  {
    name: "NaN stays in its sequence",
    B: 2,
    T: 3,
    H: 4,
    values: list(...Array.from({ length: 24 }, (_, i) => i / 24), Number.NaN, 0.5, -0.5),
  },
  { name: "empty: no steps", B: 2, T: 0, H: 3 },
  { name: "empty: no sequences", B: 0, T: 3, H: 4 },
];

/** Gates, or dy: `[B, T, width]`. */
export function stepsOf({ B, T, layout, values = standardNormal }: SequenceCall, width: number): InputSpec {
  return f32([B, T, width], values, layout);
}

/** W_hh: small enough for states not to explode. */
export function weightOf({ H }: SequenceCall, gates: number): InputSpec {
  return f32([gates * H, H], normal(1 / Math.sqrt(H)));
}

/** h0, c0 or their gradients. */
export function stateOf({ B, H }: SequenceCall): InputSpec {
  return f32([B, H], normal(0.5));
}

export function lengthsOf({ B, lengths }: SequenceCall): InputSpec | null {
  return lengths ? i32([B], list(...lengths)) : null;
}

/** What a forward pass might have left, `[B, T, parts H]`: behind a sigmoid, tanh, relu, or as it is. */
export function leftBehind(
  { name, B, T, H }: SequenceCall,
  parts: readonly ((x: Tensor) => Tensor)[],
): InputSpec {
  const make = (inputs: readonly (Tensor | null)[]): Tensor => {
    const { dtype, backend } = inputs[0]!;
    const draw = (part: number): Tensor =>
      randn(new Key(name.length).fold(part), [B, T, H], { dtype, backend });
    return concat(
      parts.map((f, part) => f(draw(part))),
      2,
    );
  };
  return f32([B, T, parts.length * H], computed(make));
}

export const behind = { sigmoid, tanh, itself: (x: Tensor): Tensor => x } as const;
