import type { KeyWords, RowSlice } from "@saccade/core/backend";
import type { Uniforms } from "../wgsl/uniforms.ts";

/** What is random in the expression of a map. */
export interface RandomSource {
  /** Tells sources apart in the keys of shaders. */
  readonly key: string;
  readonly uniforms: (u: Uniforms) => void;
  /** Functions of the library that it calls. */
  readonly functions: readonly string[];
  /** What the expression takes, with types. */
  readonly values: Readonly<Record<string, string>>;
  /** Declares these for element `index`. */
  readonly ofOne: (index: string) => string;
  /** Where the four elements from i on can share what is drawn: declares that, then these for element i + k. */
  readonly ofFour: readonly [drawn: string, each: string] | null;
}

const key = "vec2<u32>(P.key0, P.key1)";

/** `block`, the two random words that an element shares, and whether it is the `odd` one; elements are counted from `first` on. */
export function randomWords(words: KeyWords, first: number): RandomSource {
  const place = (i: string): string => `placeFrom(vec2<u32>(P.first0, P.first1), ${i})`;
  return {
    key: "words",
    uniforms: (u) => {
      u.u32("key0", words[0]).u32("key1", words[1]);
      u.u32("first0", first % 2 ** 32).u32("first1", Math.floor(first / 2 ** 32));
    },
    functions: ["placeFrom", "randomBlock"],
    values: { block: "vec2<u32>", odd: "bool" },
    ofOne: (i) => `let place = ${place(i)};
  let block = randomBlock(${key}, place);
  let odd = (place.x & 1u) == 1u;`,
    ofFour:
      first % 2 === 0
        ? [
            `let place = ${place("i")};
  let early = randomBlock(${key}, place);
  let late = randomBlock(${key}, placeFrom(place, 2u));`,
            "let block = select(early, late, k >= 2u); let odd = (k & 1u) == 1u;",
          ]
        : null,
  };
}

/** Where the rows and columns of a block are in the whole, and how many rows that has along the axis before the last. */
export interface Corner {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
}

/** `half`: the 16 bits of an element in `columns` columns, as the kernel `dropout` has them. */
export function randomHalves(
  words: KeyWords,
  columns: number,
  corner: Corner,
  part: RowSlice | undefined,
): RandomSource {
  const row = (i: string): string => `P.firstRow + (${i}) / P.columns`;
  const counter = (i: string): string =>
    part ? `(${row(i)}) / P.rows * P.allRows + P.firstOfAll + (${row(i)}) % P.rows` : row(i);
  return {
    key: part ? "halves of a part" : "halves",
    uniforms: (u) => {
      u.u32("key0", words[0]).u32("key1", words[1]).u32("columns", Math.max(1, columns));
      u.u32("firstRow", corner.row).u32("firstColumn", corner.column);
      if (part) u.u32("rows", Math.max(1, corner.rows)).u32("allRows", part.of).u32("firstOfAll", part.first);
    },
    functions: ["halvesOf"],
    values: { half: "u32" },
    ofOne: (i) => `let column = P.firstColumn + (${i}) % P.columns;
  let half = halvesOf(${key}, column >> 2u, ${counter(i)})[column & 3u];`,
    ofFour:
      columns % 4 === 0 && corner.column % 4 === 0
        ? [
            `let halves = halvesOf(${key}, (P.firstColumn + i % P.columns) >> 2u, ${counter("i")});`,
            "let half = halves[k];",
          ]
        : null,
  };
}
