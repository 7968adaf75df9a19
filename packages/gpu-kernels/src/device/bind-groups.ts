import type { ResidentBuffer } from "./buffers.ts";
import { BLOCK_BYTES } from "./params.ts";
import type { BindingLayout } from "./pipelines.ts";

/** Groups that are kept before the older half is let go: what two steps of a large training run use. */
const GENERATION = 4096;

interface Known {
  readonly layout: BindingLayout;
  readonly buffers: readonly ResidentBuffer[];
  readonly group: GPUBindGroup;
  /** Another one of the same hash. */
  readonly next: Known | undefined;
}

/**
 * Bind groups by layout and buffers. Making one costs several times what a dispatch does otherwise, and a program that
 * repeats itself gets the same buffers from the pool again.
 *
 * Two generations: what is not asked for while the younger one fills goes with the older.
 */
export class BindGroups {
  readonly #device: GPUDevice;
  /** At binding 0 of every group, with a dynamic offset. */
  readonly #params: GPUBuffer;
  #young = new Map<number, Known>();
  #old = new Map<number, Known>();

  constructor(device: GPUDevice, params: GPUBuffer) {
    this.#device = device;
    this.#params = params;
  }

  get(layout: BindingLayout, buffers: readonly ResidentBuffer[]): GPUBindGroup {
    let hash = layout.id;
    for (let i = 0; i < buffers.length; i++) hash = Math.imul(hash ^ buffers[i].id, 0x01000193);
    const young = find(this.#young.get(hash), layout, buffers);
    if (young) return young.group;
    const group = find(this.#old.get(hash), layout, buffers)?.group ?? this.#make(layout, buffers);
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(hash, { layout, buffers, group, next: this.#young.get(hash) });
    return group;
  }

  /** To be called when buffers were destroyed. */
  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  #make(layout: BindingLayout, buffers: readonly ResidentBuffer[]): GPUBindGroup {
    const entries: GPUBindGroupEntry[] = [
      { binding: 0, resource: { buffer: this.#params, size: BLOCK_BYTES } },
    ];
    for (let i = 0; i < buffers.length; i++) {
      entries.push({ binding: i + 1, resource: buffers[i] });
    }
    return this.#device.createBindGroup({ layout: layout.group, entries });
  }
}

function find(
  first: Known | undefined,
  layout: BindingLayout,
  buffers: readonly ResidentBuffer[],
): Known | undefined {
  for (let known = first; known !== undefined; known = known.next) {
    if (known.layout === layout && sameBuffers(known.buffers, buffers)) return known;
  }
  return undefined;
}

/** Equal layouts have equally many. */
function sameBuffers(a: readonly ResidentBuffer[], b: readonly ResidentBuffer[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
