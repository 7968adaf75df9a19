/** The recurrences, from their equations, in plain loops over numbers. */

export interface Sizes {
  readonly B: number;
  readonly T: number;
  readonly H: number;
}

export interface Definition {
  readonly output: number[];
  readonly hidden: number[];
  readonly cell: number[];
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The next state of one unit, from what the input and the state before add to its gates. */
type Unit = (
  gates: readonly number[],
  products: readonly number[],
  state: { readonly h: number; readonly c: number; readonly bias: number },
) => { readonly h: number; readonly c: number };

const units: Readonly<
  Record<"lstm" | "gru" | "tanh" | "relu", { readonly gates: number; readonly next: Unit }>
> = {
  lstm: {
    gates: 4,
    next(gates, products, { c }) {
      const [i, f, g, o] = gates.map((x, n) => x + products[n]);
      const next = sigmoid(f) * c + sigmoid(i) * Math.tanh(g);
      return { c: next, h: sigmoid(o) * Math.tanh(next) };
    },
  },
  gru: {
    gates: 3,
    next([xr, xz, xn], [hr, hz, hn], { h, bias }) {
      const [r, z] = [sigmoid(xr + hr), sigmoid(xz + hz)];
      return { h: (1 - z) * Math.tanh(xn + r * (hn + bias)) + z * h, c: 0 };
    },
  },
  tanh: { gates: 1, next: ([x], [p]) => ({ h: Math.tanh(x + p), c: 0 }) },
  relu: { gates: 1, next: ([x], [p]) => ({ h: Math.max(0, x + p), c: 0 }) },
};

export type Kind = keyof typeof units;

export function gatesOf(kind: Kind): number {
  return units[kind].gates;
}

/** What a kind of layer must give; every array row-major, lengths and direction as the contract has them. */
export function define(
  kind: Kind,
  { B, T, H }: Sizes,
  given: {
    readonly gates: readonly number[];
    readonly weight: readonly number[];
    readonly bias: readonly number[];
    readonly hidden: readonly number[];
    readonly cell: readonly number[];
    readonly lengths: readonly number[];
    readonly reverse: boolean;
  },
): Definition {
  const { gates: count, next } = units[kind];
  const output = new Array<number>(B * T * H).fill(0);
  const hidden = [...given.hidden];
  const cell = [...given.cell];
  for (let b = 0; b < B; b++) {
    for (let n = 0; n < given.lengths[b]; n++) {
      const t = given.reverse ? given.lengths[b] - 1 - n : n;
      const before = hidden.slice(b * H, (b + 1) * H);
      for (let u = 0; u < H; u++) {
        const rows = Array.from({ length: count }, (_, g) => g * H + u);
        const gates = rows.map((row) => given.gates[(b * T + t) * count * H + row]);
        const products = rows.map((row) =>
          before.reduce((sum, h, k) => sum + h * given.weight[row * H + k], 0),
        );
        const state = { h: before[u], c: cell[b * H + u], bias: given.bias[u] };
        const made = next(gates, products, state);
        hidden[b * H + u] = made.h;
        cell[b * H + u] = made.c;
        output[(b * T + t) * H + u] = made.h;
      }
    }
  }
  return { output, hidden, cell };
}
