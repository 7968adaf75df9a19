import type { Backend } from "@saccade/core/backend";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { create, globals } from "webgpu";
import { idleDevice } from "../counts/idle-device.ts";
import { STORAGE_BUFFERS } from "../counts/programs.ts";

export interface Column {
  readonly title: string;
  readonly create: () => Promise<Backend>;
  /** Nothing is computed: what is timed of a model is the way to its kernels, too. */
  readonly idle: boolean;
}

/** Dawn crashes if an instance is collected while a device lives. */
const instances: GPU[] = [];

async function onNullDevice(): Promise<Backend> {
  Object.assign(globalThis, globals);
  const gpu = create(["backend=null"]);
  instances.push(gpu);
  return createGpuBackend({ gpu });
}

/** What calls are timed on, each in a process of its own. */
export const columns = {
  cpu: { title: "cpu", idle: false, create: () => createCpuBackend({ threads: 1, blas: "off" }) },
  gpu: {
    title: "gpu, without WebGPU",
    idle: true,
    create: () => createGpuBackend({ device: idleDevice(STORAGE_BUFFERS) }),
  },
  dawn: { title: "gpu, Dawn's null device", idle: true, create: onNullDevice },
} as const satisfies Readonly<Record<string, Column>>;

export type ColumnName = keyof typeof columns;
