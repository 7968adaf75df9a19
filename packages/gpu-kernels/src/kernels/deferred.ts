import type { View } from "@saccade/core/backend";
import type { DeviceLimits } from "../adapter/request-device.ts";
import type { ResidentBuffer } from "../device/buffers.ts";
import { BLOCK_WORDS } from "../device/params.ts";
import type { Access } from "../device/pipelines.ts";
import { isContiguous } from "../views/nest.ts";
import { count } from "../wgsl/operand.ts";
import { Item, type Operand } from "./item.ts";
import { JoinedBlock, joinedSource, type Member, MOST_JOINED, wholeVectors } from "./joined.ts";
import { groupsOver, type Launch, type Short } from "./launch.ts";

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
  /** What launches became when they were last joined, by the last of them. */
  readonly #joined = new WeakMap<Launch, Joined>();
  /** What a launch became when a sum was last added to it. */
  readonly #sums = new WeakMap<Launch, Sum>();

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
    const call = this.#withSum(item.call, other.view, sum.view, make);
    const added = new Item(call, [...before, other.buffer, sum.buffer, item.buffers[reads.length]]);
    this.#items.pop();
    const bindable = this.#bindable(added);
    this.#items.push(bindable ? added : item);
    return bindable ? call : undefined;
  }

  /** Runs what waits. */
  settle(): void {
    const items = this.#items;
    if (items.length === 0) return;
    this.#items = [];
    this.#run(items.length === 1 ? items[0] : new Item(this.#join(items), items.flatMap(buffersOf)));
  }

  /** Whether it can be one dispatch with those that wait: neither reads or writes what the other writes. */
  #fits(item: Item): boolean {
    const { call, buffers } = item;
    if (this.#items.length === MOST_JOINED) return false;
    for (const each of this.#items) {
      if (each.call.short?.group !== call.short?.group) return false;
      if (each.writes(buffers, 0) || each.reads(buffers, call.reads.length)) return false;
    }
    return this.#bindable(item);
  }

  /** Whether one dispatch can have it beside those that wait. */
  #bindable({ buffers, call }: Item): boolean {
    let bindings = buffers.length;
    let bytes = call.short?.bytes ?? 0;
    let words = MOST_JOINED + wholeVectors(call.uniforms);
    for (const { buffers: own, call: other } of this.#items) {
      bindings += own.length;
      bytes += other.short?.bytes ?? 0;
      words += wholeVectors(other.uniforms);
    }
    if (bindings > this.#limits.maxStorageBuffersPerShaderStage) return false;
    if (bytes > this.#limits.maxComputeWorkgroupStorageSize) return false;
    return this.#items.length === 0 || words <= BLOCK_WORDS;
  }

  /** The launch with a sum, made once for launches that come again. */
  #withSum(call: Launch, other: View, sum: View, make: NonNullable<Short["plus"]>): Launch {
    const known = this.#sums.get(call);
    if (known && known.other === other.offset && known.sum === sum.offset) return known.launch;
    const launch = make(other, sum);
    this.#sums.set(call, { other: other.offset, sum: sum.offset, launch });
    return launch;
  }

  /** One launch of all, made once for launches that come again. */
  #join(items: readonly Item[]): Launch {
    const last = items[items.length - 1].call;
    const known = this.#joined.get(last);
    if (
      known &&
      known.calls.length === items.length &&
      known.calls.every((call, i) => call === items[i].call)
    )
      return known.launch;
    const calls = items.map(({ call }) => call);
    const launch = joined(calls);
    this.#joined.set(last, { calls, launch });
    return launch;
  }
}

interface Joined {
  readonly calls: readonly Launch[];
  readonly launch: Launch;
}

/** Operands are like the result: of their layouts, only the offsets may differ. */
interface Sum {
  readonly other: number;
  readonly sum: number;
  readonly launch: Launch;
}

const buffersOf = ({ buffers }: Item): readonly ResidentBuffer[] => buffers;

/** One launch of all. */
function joined(calls: readonly Launch[]): Launch {
  const members: Member[] = [];
  let key = "";
  let groups = 0;
  for (const { key: own, uniforms, reads, writes, source, workgroups } of calls) {
    const [x, y, z] = workgroups;
    members.push({ uniforms, groups: x * y * z, buffers: reads.length + writes.length, source });
    groups += x * y * z;
    key += key ? ` + ${own}` : own;
  }
  const access = calls.flatMap(({ reads, writes }): Access[] => [
    ...reads.map((): Access => "r"),
    ...writes.map((): Access => "w"),
  ]);
  return {
    key,
    uniforms: new JoinedBlock(members),
    reads: calls.flatMap(({ reads, writes }) => [...reads, ...writes]),
    writes: [],
    access,
    source: () => joinedSource(members, calls[0].short?.group ?? 1),
    extensions: calls.flatMap(({ extensions = [] }) => extensions),
    workgroups: groupsOver(groups, 1),
  };
}

function sameMemory(a: Operand, b: Operand): boolean {
  return a.buffer === b.buffer && a.view.offset === b.view.offset && isLike(a.view, b.view);
}

function isLike(view: Operand["view"], like: Operand["view"]): boolean {
  return view.dtype === like.dtype && isContiguous(view) && count(view) === count(like);
}
