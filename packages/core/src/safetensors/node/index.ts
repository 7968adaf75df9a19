/** Safetensors files in Node: read lazily, written atomically. */
export { type FileContent, writeFileAtomic } from "./atomic-write.ts";
export type { Checkpoint, CheckpointTensor } from "./checkpoint.ts";
export { type LoadTensorsOptions, loadTensors } from "./load-tensors.ts";
export { loadCheckpoint, openSafetensors, readSafetensors } from "./open.ts";
export { saveTensors } from "./save-tensors.ts";
export { openSharded } from "./sharded.ts";
export { writeSafetensors } from "./write.ts";
