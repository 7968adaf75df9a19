import { expect, test } from "vitest";
import { OutOfMemoryError } from "../errors.ts";
import { Allocator } from "./allocator.ts";
import { WasmMemory } from "./wasm-memory.ts";

const MiB = 1024 * 1024;
const BASE = 2 * 65536;
const make = (limit = 8 * MiB) => new Allocator(new WasmMemory(true, BASE + limit, BASE), BASE);

test("blocks are aligned, disjoint and reused by class", () => {
  const allocator = make();
  const a = allocator.alloc(100);
  const b = allocator.alloc(0);
  const c = allocator.alloc(100);
  for (const pointer of [a, b, c]) expect(pointer % 64).toBe(0);
  expect(Math.abs(c - a)).toBeGreaterThanOrEqual(128);
  allocator.free(a);
  expect(allocator.alloc(128)).toBe(a);
  expect(allocator.blocks).toBe(3);
});

test("live returns to zero and freeing twice is an error", () => {
  const allocator = make();
  const a = allocator.alloc(1000);
  expect(allocator.live).toBe(1024);
  allocator.free(a);
  expect(allocator.live).toBe(0);
  expect(() => allocator.free(a)).toThrow(/no live buffer/);
});

test("out of memory says what was asked for, what is live and the limit", () => {
  const allocator = make();
  allocator.alloc(3 * MiB);
  expect(() => allocator.alloc(6 * MiB)).toThrow(OutOfMemoryError);
  try {
    allocator.alloc(6 * MiB);
  } catch (error) {
    expect((error as OutOfMemoryError).requested).toBe(6 * MiB);
    expect((error as OutOfMemoryError).live).toBe(3 * MiB);
    expect(String(error)).toMatch(/asked for 6.0 MiB, live 3.0 MiB, limit 8.0 MiB/);
  }
  expect(() => allocator.alloc(2 ** 40)).toThrow(OutOfMemoryError);
});

test("exhausted memory is merged and carved anew", () => {
  const allocator = make();
  const small = Array.from({ length: 100 }, () => allocator.alloc(60_000));
  for (const pointer of small) allocator.free(pointer);
  const big = allocator.alloc(5 * MiB); // does not fit behind the small ones
  allocator.free(big);
  const many = Array.from({ length: 100 }, () => allocator.alloc(50_000));
  expect(new Set(many).size).toBe(100);
  many.sort((x, y) => x - y);
  for (let i = 1; i < many.length; i++) expect(many[i] - many[i - 1]).toBeGreaterThanOrEqual(50_000);
});
