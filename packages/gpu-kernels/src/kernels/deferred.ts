import type { DeviceLimits } from "../adapter/request-device.ts";
import type { ResidentBuffer } from "../device/buffers.ts";
import { BLOCK_WORDS } from "../device/params.ts";
import type { Access } from "../device/pipelines.ts";
import { isContiguous } from "../views/nest.ts";
import { count } from "../wgsl/operand.ts";
import { Item, type Operand } from "./item.ts";
import { JoinedBlock, joinedLength, joinedSource, type Member, MOST_JOINED } from "./joined.ts";
import { groupsOver, type Launch } from "./launch.ts";

/**
 * Short kernels that wait for their neighbours, because a dispatch has a price that does not depend on its work:
 *
 * - those that do not depend on one another become one dispatch (the projections of queries, keys and values; what is
 *   appended to a cache);
 * - a sum of the last one's result and something else is written by that kernel, too (a residual).
 *
 * What does not fit makes those that wait run first. So does all that is not short, a copy, a write, and a submission.
 */
export class Deferred {
  readonly #limits: DeviceLimits;
  readonly #run: (item: Item) => void;
  #items: Item[] = [];

  constructor(limits: DeviceLimits, run: (item: Item) => void) {
    this.#limits = limits;
    this.#run = run;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#items.length;
  }

  add(item: Item): void {
    if (this.#items.length > 0 && !this.#fits(item)) this.settle();
    this.#items.push(item);
  }

  /** The launch with which the last one that waits gives `sum = a + b`, too; undefined, and nothing changed, if it does not. */
  plus(a: Operand, b: Operand, sum: Operand): Launch | undefined {
    const last = this.#items.length - 1;
    const item = this.#items[last];
    const make = item.call.short?.plus;
    if (!make) return undefined;
    const { reads, writes } = item.call;
    const result = { view: writes[0], buffer: item.buffers[reads.length] };
    const other = sameMemory(a, result) ? b : sameMemory(b, result) ? a : undefined;
    if (!other || ![other, sum].every(({ view }) => isLike(view, result.view))) return undefined;
    if (this.#items.some((each) => each.writes([other.buffer, sum.buffer], 0) || each.reads([sum.buffer], 0)))
      return undefined;
    if (other.buffer === sum.buffer) return undefined;
    const before = item.buffers.slice(0, reads.length);
    const added = new Item(make(other.view, sum.view), [
      ...before,
      other.buffer,
      sum.buffer,
      item.buffers[reads.length],
    ]);
    const all = [...this.#items.slice(0, last), added];
    if (!this.#bindable(all)) return undefined;
    this.#items = all;
    return added.call;
  }

  /** Runs what waits. */
  settle(): void {
    const items = this.#items;
    if (items.length === 0) return;
    this.#items = [];
    this.#run(items.length === 1 ? items[0] : joined(items));
  }

  /** Whether it can be one dispatch with those that wait: neither reads or writes what the other writes. */
  #fits(item: Item): boolean {
    const { call, buffers } = item;
    if (this.#items.length === MOST_JOINED) return false;
    for (const each of this.#items) {
      if (each.call.short?.group !== call.short?.group) return false;
      if (each.writes(buffers, 0) || each.reads(buffers, call.reads.length)) return false;
    }
    return this.#bindable([...this.#items, item]);
  }

  #bindable(items: readonly Item[]): boolean {
    let bindings = 0;
    let bytes = 0;
    for (const { buffers, call } of items) {
      bindings += buffers.length;
      bytes += call.short?.bytes ?? 0;
    }
    if (bindings > this.#limits.maxStorageBuffersPerShaderStage) return false;
    if (bytes > this.#limits.maxComputeWorkgroupStorageSize) return false;
    return items.length === 1 || joinedLength(items.map(({ call }) => call.uniforms)) <= BLOCK_WORDS;
  }
}

/** One launch of all. */
function joined(items: readonly Item[]): Item {
  const members: Member[] = [];
  const buffers: ResidentBuffer[] = [];
  let key = "";
  let groups = 0;
  for (const { call, buffers: own } of items) {
    const [x, y, z] = call.workgroups;
    members.push({ uniforms: call.uniforms, groups: x * y * z, buffers: own.length, source: call.source });
    groups += x * y * z;
    key += key ? ` + ${call.key}` : call.key;
    for (const buffer of own) buffers.push(buffer);
  }
  const calls = items.map(({ call }) => call);
  const access = calls.flatMap(({ reads, writes }): Access[] => [
    ...reads.map((): Access => "r"),
    ...writes.map((): Access => "w"),
  ]);
  const call: Launch = {
    key,
    uniforms: new JoinedBlock(members),
    reads: calls.flatMap(({ reads, writes }) => [...reads, ...writes]),
    writes: [],
    access,
    source: () => joinedSource(members, calls[0].short?.group ?? 1),
    extensions: calls.flatMap(({ extensions = [] }) => extensions),
    workgroups: groupsOver(groups, 1),
  };
  return new Item(call, buffers);
}

function sameMemory(a: Operand, b: Operand): boolean {
  return a.buffer === b.buffer && a.view.offset === b.view.offset && isLike(a.view, b.view);
}

function isLike(view: Operand["view"], like: Operand["view"]): boolean {
  return view.dtype === like.dtype && isContiguous(view) && count(view) === count(like);
}
