import type { Backend, Tensor } from "@saccade/core";
import type { GoldenCase } from "./case-list.ts";
import { compareTensor, compareValues, type Mismatch, type Tolerance } from "./compare.ts";
import type { Stored, TensorStore } from "./tensor-store.ts";

/** What an adapter works with: the case, its tensors, and where to report what differs. */
export class CaseContext {
  readonly golden: GoldenCase;
  readonly backend: Backend;
  /** The dtype that floats have. */
  readonly float: "f32" | "f64";
  readonly mismatches: Mismatch[] = [];
  /** What was compared otherwise than recorded, by design. */
  readonly remarks: string[] = [];
  private readonly store: TensorStore;

  constructor(golden: GoldenCase, store: TensorStore, backend: Backend, float: "f32" | "f64") {
    this.golden = golden;
    this.store = store;
    this.backend = backend;
    this.float = float;
  }

  private get tolerance(): Tolerance {
    return this.golden;
  }

  has(key: string): boolean {
    return this.store.has(this.golden.path, this.golden.prefix + key);
  }

  /** What is stored under a key of the case. */
  stored(key: string): Stored {
    return this.store.read(this.golden.path, this.golden.prefix + key);
  }

  /** The same as a tensor. Owned by the current scope. */
  tensor(key: string): Tensor {
    return this.store.tensor(this.golden.path, this.golden.prefix + key, this.backend, this.float);
  }

  /** Compares a tensor with what is stored under `key`. */
  async check(key: string, got: Tensor, tolerance: Tolerance = this.tolerance): Promise<void> {
    this.note(await compareTensor(key, got, this.stored(key), tolerance));
  }

  /** Compares numbers with what is stored under `key`, or with other numbers. */
  checkValues(
    name: string,
    got: readonly number[],
    want: readonly number[] = [...this.stored(name).values],
  ): void {
    if (got.length !== want.length) this.fail(name, `${got.length} numbers instead of ${want.length}`);
    else this.note(compareValues(name, got, want, [want.length], this.tolerance));
  }

  fail(name: string, problem: string): void {
    this.mismatches.push({ name, problem });
  }

  note(mismatch: Mismatch | null): void {
    if (mismatch) this.mismatches.push(mismatch);
  }
}

/** Runs a case and reports what differs in the context; throws SkipCase where it cannot be run by design. */
export type Handler = (context: CaseContext) => Promise<void>;
