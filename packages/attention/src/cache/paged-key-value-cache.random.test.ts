import { type Tensor, tensor, tidy } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KeyValueBlocks } from "./key-value-blocks.ts";
import type { PagedKeyValueCache } from "./paged-key-value-cache.ts";

guardMemory({ beforeEach, afterEach });

/** A cache, what its sequences should hold, and which blocks: objects that count who uses them. */
interface Expected {
  readonly cache: PagedKeyValueCache;
  readonly rows: number[][];
  readonly tables: { users: number }[][];
  length: number;
}

type Operation =
  | { readonly kind: "create"; readonly batch: number }
  | { readonly kind: "append"; readonly of: number; readonly count: number }
  | { readonly kind: "fork"; readonly of: number; readonly items: readonly number[]; readonly drop: boolean }
  | { readonly kind: "truncate"; readonly of: number; readonly share: number }
  | { readonly kind: "dispose"; readonly of: number };

const of = fc.nat(20);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("create" as const), batch: fc.nat(3) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("append" as const), of, count: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("fork" as const),
      ...{ of, items: fc.array(fc.nat(5), { maxLength: 4 }), drop: fc.boolean() },
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("truncate" as const),
      of,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("dispose" as const), of }) },
);

/** Blocks by counting alone: an append takes new ones, and one for each that is shared with others and written to. */
class Counted {
  used = 0;
  readonly size: number;
  constructor(size: number) {
    this.size = size;
  }
  tail({ tables, length }: Expected, count: number): { users: number }[] {
    return count > 0 && length % this.size > 0
      ? tables.map((table) => table[Math.floor(length / this.size)])
      : [];
  }
  needed(it: Expected, count: number): number {
    const tails = this.tail(it, count);
    const wanted = Math.ceil((it.length + count) / this.size);
    const fresh = it.tables.reduce((sum, table) => sum + wanted - table.length, 0);
    return [...new Set(tails)].reduce(
      (sum, tail) => sum + Math.min(tails.filter((it) => it === tail).length, tail.users - 1),
      fresh,
    );
  }
  append(it: Expected, count: number): void {
    for (const [b, tail] of this.tail(it, count).entries()) {
      if (tail.users === 1) continue;
      tail.users--;
      it.tables[b][Math.floor(it.length / this.size)] = this.take();
    }
    it.length += count;
    for (const table of it.tables) while (table.length * this.size < it.length) table.push(this.take());
  }
  keep(it: Expected, length: number): void {
    const blocks = it.tables.flatMap((table) => table.splice(Math.ceil(length / this.size)));
    for (const block of blocks) if (--block.users === 0) this.used--;
    for (const row of it.rows) row.length = length;
    it.length = length;
  }
  private take(): { users: number } {
    this.used++;
    return { users: 1 };
  }
}

test("any sequences hold what was appended, whoever shares, forgets or runs out of blocks", async () => {
  const sizes = fc.record({ size: fc.integer({ min: 1, max: 4 }), blocks: fc.integer({ min: 2, max: 16 }) });
  const operations = fc.array(operation, { minLength: 10, maxLength: 60, size: "max" });
  await fc.assert(
    fc.asyncProperty(sizes, operations, async ({ size, blocks }, list) => {
      using pool = new KeyValueBlocks({ blocks, blockSize: size, heads: 1, width: 1, dtype: "f64" });
      const counted = new Counted(size);
      const all: Expected[] = [];
      let next = 1;
      for (const step of list) {
        const it = "of" in step ? all[step.of % Math.max(1, all.length)] : undefined;
        if (step.kind === "create" || !it) {
          const batch = step.kind === "create" ? step.batch : 1;
          const none = <T>(): T[][] => Array.from({ length: batch }, () => []);
          all.push({ cache: pool.createCache({ batch }), rows: none(), tables: none(), length: 0 });
        } else if (step.kind === "append") {
          const rows = it.rows.map(() => Array.from({ length: step.count }, () => next++));
          const append = (): Tensor =>
            tidy(() => {
              const k = tensor(Float64Array.from(rows.flat()), { shape: [rows.length, 1, step.count, 1] });
              const { keys, values } = it.cache.append(k, k.mul(2));
              return values.sub(keys);
            });
          if (counted.needed(it, step.count) > blocks - counted.used) {
            expect(append).toThrow("truncate or dispose of caches first");
          } else {
            using held = append();
            counted.append(it, step.count);
            for (const [b, row] of rows.entries()) it.rows[b].push(...row);
            expect(Array.from(await held.data())).toEqual(it.rows.flat());
          }
        } else if (step.kind === "fork") {
          const items = it.rows.length > 0 ? step.items.map((item) => item % it.rows.length) : [];
          const tables = items.map((item) => [...it.tables[item]]);
          for (const block of tables.flat()) block.users++;
          const rows = items.map((item) => [...it.rows[item]]);
          all.push({ cache: it.cache.fork(items), rows, tables, length: it.length });
        }
        if (step.kind === "truncate" && it) {
          const length = Math.round(step.share * it.length);
          it.cache.truncate(length);
          counted.keep(it, length);
        }
        if ((step.kind === "dispose" || (step.kind === "fork" && step.drop)) && it) {
          it.cache.dispose();
          counted.keep(it, 0);
          all.splice(all.indexOf(it), 1);
        }
        expect(pool.free).toBe(blocks - counted.used);
        expect(all.map(({ cache }) => cache.length)).toEqual(all.map(({ length }) => length));
      }
      for (const { cache } of all) cache.dispose();
      expect(pool.free).toBe(blocks);
    }),
    { numRuns: 60 },
  );
});
