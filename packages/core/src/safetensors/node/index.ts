/** Safetensors files in Node: read lazily, written atomically. */
export { type FileContent, writeFileAtomic } from "./atomic-write.ts";
export type { Checkpoint, CheckpointTensor } from "./checkpoint.ts";
export { loadCheckpoint, openSafetensors, readSafetensors } from "./open.ts";
export { openSharded } from "./sharded.ts";
export { writeSafetensors } from "./write.ts";
