import { CrossAttentionCache, type KeyValueCache } from "@saccade/attention";
import type { LayerCache } from "./layer-cache.ts";

/** What one decoder layer remembers: the target so far, and the memory's projected keys and values. It owns both. */
export class DecoderLayerCache implements LayerCache {
  /** The target's keys and values. */
  readonly self: KeyValueCache;
  /** The memory's. */
  readonly memory: CrossAttentionCache = new CrossAttentionCache();

  /** @param self  an empty cache of the self-attention; it is disposed of with this one */
  constructor(self: KeyValueCache) {
    this.self = self;
  }

  /** Elements of the target. */
  get length(): number {
    return this.self.length;
  }

  get maxLength(): number {
    return this.self.maxLength;
  }

  /** Forgets elements of the target; the memory stays. */
  truncate(length: number): void {
    this.self.truncate(length);
  }

  /** Forgets the target and the memory. */
  reset(): void {
    this.self.reset();
    this.memory.reset();
  }

  dispose(): void {
    this.self.dispose();
    this.memory.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
