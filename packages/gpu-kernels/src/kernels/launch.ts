import type { View } from "@saccade/core/backend";
import type { DeviceFacts, DeviceLimits } from "../adapter/request-device.ts";
import type { BufferTable, ResidentBuffer } from "../device/buffers.ts";
import type { CommandQueue } from "../device/commands.ts";
import type { Access, PipelineCache, Shader } from "../device/pipelines.ts";
import { GpuLimitError } from "../errors.ts";
import type { Block } from "../wgsl/uniforms.ts";
import { Deferred } from "./deferred.ts";
import { Item, type Operand } from "./item.ts";
import type { Recorder } from "./recorder.ts";

/** Invocations of a workgroup in kernels that treat elements one by one. */
export const GROUP = 256;
const MAX_GROUPS = 65535;

/** Extensions of WGSL that a shader may switch on; each belongs to a feature of the device. */
export type Extension = "f16" | "subgroups" | "chromium_experimental_subgroup_matrix";

/** What a kernel gives to the launcher. */
export interface Launch {
  /** Kernel and specialisation. */
  readonly key: string;
  readonly uniforms: Block;
  /** Bound in this order from binding 1 on. */
  readonly reads: readonly View[];
  readonly writes: readonly View[];
  /** The shader without the uniforms' declaration; asked for once per key. */
  readonly source: () => string;
  /** How each buffer is bound, where writes do not follow reads. */
  readonly access?: readonly Access[];
  /** What the source needs, of features that `launcher.facts` has. `f16` is there by itself where a view holds halves. */
  readonly extensions?: readonly Extension[];
  readonly workgroups: readonly [x: number, y: number, z: number];
  /** Of short kernels, which may be one dispatch with neighbours that do not depend on them: see `Deferred`. */
  readonly short?: Short;
}

/** What neighbours of a short kernel have to know. */
export interface Short {
  /** Invocations of a workgroup, which are the same for all that are joined. */
  readonly group: number;
  /** Bytes of workgroup memory. */
  readonly bytes: number;
  /** The same kernel, which writes `sum`, its result and `other`, too. Operands are f32, contiguous, of one size. */
  readonly plus?: (other: View, sum: View) => Launch;
}

/** Runs kernels: compiles on first use, binds, records. */
export class Launcher {
  readonly buffers: BufferTable;
  readonly facts: DeviceFacts;
  readonly #pipelines: PipelineCache;
  readonly #commands: CommandQueue;
  /** While this is set, shaders are noted here and nothing runs. */
  #noted: Map<string, Shader> | undefined;
  readonly #deferred: Deferred;
  #recorder: Recorder | undefined;

  constructor(buffers: BufferTable, pipelines: PipelineCache, commands: CommandQueue, facts: DeviceFacts) {
    this.#deferred = new Deferred(facts.limits, (item) => this.#run(item));
    commands.settle = () => this.settle();
    this.buffers = buffers;
    this.#pipelines = pipelines;
    this.#commands = commands;
    this.facts = facts;
  }

  get limits(): DeviceLimits {
    return this.facts.limits;
  }

  launch(call: Launch): void {
    const { workgroups } = call;
    if (workgroups[0] === 0 || workgroups[1] === 0 || workgroups[2] === 0) return;
    this.#recorder?.launched(call);
    this.relaunch(call, this.#resolve(call));
  }

  /** Launches with these buffers in the places of those of the views, in the order of their bindings. */
  relaunch(call: Launch, buffers: readonly ResidentBuffer[]): void {
    if (this.buffers.oversized > 0) this.#checkSizes(call.key, buffers);
    const item = new Item(call, buffers);
    if (call.short && !item.overlaps) {
      if (this.#noted) this.#note(call);
      this.#deferred.add(item);
      return;
    }
    this.settle();
    this.#run(item);
  }

  /** Calls a kernel, which is noted. */
  record(recorder: Recorder, kernel: () => void): void {
    this.#recorder = recorder;
    try {
      kernel();
    } finally {
      this.#recorder = undefined;
    }
  }

  /** Makes the kernel that waits write `sum = a + b`, too, where `a` or `b` is its result; false where there is none. */
  addToWaiting(a: View, b: View, sum: View): boolean {
    if (this.#deferred.waiting === 0) return false;
    const added = this.#deferred.plus(this.#operand(a), this.#operand(b), this.#operand(sum));
    if (added && this.#noted) this.#note(added);
    return added !== undefined;
  }

  /** Runs what waits for neighbours. */
  settle(): void {
    this.#deferred.settle();
  }

  /** Dispatches that wait. */
  get deferred(): number {
    return Math.min(this.#deferred.waiting, 1);
  }

  /** Nothing runs now. */
  get isNoting(): boolean {
    return this.#noted !== undefined;
  }

  /** Calls `run` without running any kernel; the shaders that it would have needed. */
  note(run: () => void): readonly Shader[] {
    this.settle();
    const noted = new Map<string, Shader>();
    this.#noted = noted;
    try {
      run();
    } finally {
      this.settle(); // what waits is noted, too, and does not run later
      this.#noted = undefined;
    }
    return [...noted.values()];
  }

  /** Memory for the length of `use`: commands run in order, so that it can be freed as soon as they are recorded. */
  scratch(bytes: number, use: (handle: number) => void): void {
    const handle = this.buffers.alloc(bytes);
    this.#recorder?.took(bytes, handle);
    try {
      use(handle);
    } finally {
      this.buffers.free(handle);
      this.#recorder?.gave(handle);
    }
  }

  #operand(view: View): Operand {
    return { view, buffer: this.buffers.get(view.buffer) };
  }

  #resolve({ reads, writes }: Launch): ResidentBuffer[] {
    const buffers: ResidentBuffer[] = [];
    for (let i = 0; i < reads.length; i++) buffers.push(this.buffers.get(reads[i].buffer));
    for (let i = 0; i < writes.length; i++) buffers.push(this.buffers.get(writes[i].buffer));
    return buffers;
  }

  #run({ call, buffers, overlaps }: Item): void {
    if (this.#noted) {
      this.#note(call);
      return;
    }
    const { key, uniforms, workgroups } = call;
    const pipeline = this.#pipelines.known(key) ?? this.#pipelines.make(shaderOf(call));
    if (!overlaps) {
      this.#commands.dispatch({ pipeline, buffers, params: uniforms.words, workgroups });
      return;
    }
    const apart = [...buffers];
    const copies = this.#separate(apart, call.reads.length);
    this.#commands.dispatch({ pipeline, buffers: apart, params: uniforms.words, workgroups });
    for (const handle of copies) this.buffers.free(handle);
  }

  /** While shaders are noted. */
  #note(call: Launch): void {
    this.#noted?.set(call.key, shaderOf(call));
  }

  #checkSizes(key: string, buffers: readonly ResidentBuffer[]): void {
    for (const { size } of buffers) {
      if (size > this.buffers.bindable) throw new GpuLimitError(key, size, this.buffers.bindable);
    }
  }

  /** One buffer cannot be read and written in one dispatch: what is, is read from a copy. Returns the copies' handles. */
  #separate(buffers: ResidentBuffer[], reads: number): readonly number[] {
    let copies = none;
    for (let i = 0; i < reads; i++) {
      const from = buffers[i];
      if (!buffers.some(({ buffer }, other) => other >= reads && buffer === from.buffer)) continue;
      const handle = this.buffers.alloc(from.size);
      copies = [...copies, handle];
      buffers[i] = this.buffers.get(handle);
      this.#commands.copy(from.buffer, from.offset, buffers[i].buffer, 0, from.size);
    }
    return copies;
  }
}

const none: readonly number[] = [];

function shaderOf({ key, reads, writes, uniforms, source, extensions = [], access }: Launch): Shader {
  const each: readonly Access[] = access ?? [
    ...reads.map((): Access => "r"),
    ...writes.map((): Access => "w"),
  ];
  const halves = [...reads, ...writes].some(({ dtype }) => dtype === "f16");
  const needed = new Set<Extension>(halves ? ["f16", ...extensions] : extensions);
  const enable = [...needed].map((name) => `enable ${name};\n`).join("");
  return { key, access: each, source: () => enable + uniforms.declaration() + source() };
}

/** Workgroups of `GROUP` invocations over `count` elements, in two dimensions where one is too short. */
export function groupsOver(count: number, perGroup = GROUP): [x: number, y: number, z: number] {
  const groups = Math.ceil(count / perGroup);
  if (groups <= MAX_GROUPS) return [groups, groups === 0 ? 0 : 1, 1];
  const x = Math.ceil(Math.sqrt(groups));
  return [x, Math.ceil(groups / x), 1];
}

/** Begins the entry point of a kernel over elements: declares `i`, its flat index, a u32. */
export const eachElement = `
@compute @workgroup_size(${GROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * ${GROUP}u + lane;
`;

/** Begins the entry point of a kernel with a workgroup per row: declares `row` and `lane`. */
export function eachRow(group: number): string {
  return `
@compute @workgroup_size(${group})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
`;
}
