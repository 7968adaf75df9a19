/** One dispatch as a device was asked for it. */
export interface Dispatched {
  readonly shader: string;
  /** What was bound, the uniform block left out. */
  readonly buffers: readonly object[];
  /** The uniform block, and whatever lies behind it. */
  readonly uniforms: readonly number[];
  readonly workgroups: readonly number[];
}

interface Bound {
  readonly buffers: readonly object[];
  readonly offset: number;
}

/** Bytes of the uniform block that a dispatch binds. */
const BLOCK_BYTES = 512;

interface RecordingDevice {
  readonly device: GPUDevice;
  /** What was submitted since it was asked last. */
  readonly dispatched: () => Dispatched[];
  /** The buffer that was written to last, uniforms left out. */
  readonly written: () => object;
}

/** A WebGPU device that computes nothing and tells what it was asked for. */
export function recordingDevice(): RecordingDevice {
  let all: Dispatched[] = [];
  let written: object = {};
  let pending: (Omit<Dispatched, "uniforms"> & { readonly offset: number })[] = [];
  let block = new Int32Array(0);
  const nothing = (): void => {};
  let shader = "";
  let bound: Bound = { buffers: [], offset: 0 };
  const pass = {
    setPipeline: (pipeline: { readonly label: string }) => {
      shader = pipeline.label;
    },
    setBindGroup: (
      _: number,
      group: { readonly buffers: readonly object[] },
      [offset]: readonly number[],
    ) => {
      bound = { buffers: group.buffers, offset };
    },
    dispatchWorkgroups: (...workgroups: readonly number[]) => pending.push({ shader, ...bound, workgroups }),
    end: nothing,
  };
  const copied = (from: object, to: object): void => {
    pending.push({ shader: "copy", buffers: [from, to], workgroups: [], offset: 0 });
  };
  const encoder = {
    beginComputePass: () => pass,
    copyBufferToBuffer: (from: object, _: number, to: object) => copied(from, to),
    clearBuffer: nothing,
    finish: () => ({}),
  };
  const queue = {
    writeBuffer: (buffer: object, _: number, data: ArrayBufferView) => {
      if (!(data instanceof Int32Array)) {
        written = buffer;
        return;
      }
      block = data.slice();
      data.fill(0); // what is not written again is seen to be missing
    },
    submit: () => {
      for (const { offset, ...dispatch } of pending) {
        all.push({ ...dispatch, uniforms: [...block.subarray(offset / 4, (offset + BLOCK_BYTES) / 4)] });
      }
      pending = [];
    },
    onSubmittedWorkDone: async () => {},
  };
  const device = {
    features: new Set<string>(["shader-f16"]),
    limits: {
      maxBufferSize: 2 ** 31,
      maxStorageBufferBindingSize: 2 ** 31,
      maxStorageBuffersPerShaderStage: 16,
      maxComputeWorkgroupStorageSize: 32768,
      maxComputeInvocationsPerWorkgroup: 256,
      maxComputeWorkgroupSizeX: 256,
      maxComputeWorkgroupsPerDimension: 65535,
      minStorageBufferOffsetAlignment: 256,
      minUniformBufferOffsetAlignment: 256,
    },
    adapterInfo: { vendor: "none", description: "a device that computes nothing" },
    lost: new Promise<never>(nothing),
    addEventListener: nothing,
    pushErrorScope: nothing,
    popErrorScope: async () => null,
    destroy: nothing,
    createBuffer: ({ size }: GPUBufferDescriptor) => ({ size, destroy: nothing }),
    createShaderModule: () => ({}),
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createBindGroup: ({ entries }: GPUBindGroupDescriptor) => ({
      buffers: [...entries].slice(1).map(({ resource }) => (resource as GPUBufferBinding).buffer),
    }),
    createComputePipeline: ({ label }: GPUComputePipelineDescriptor) => ({ label }),
    createCommandEncoder: () => encoder,
    queue,
  };
  const dispatched = (): Dispatched[] => {
    const since = all;
    all = [];
    return since;
  };
  return { device: device as unknown as GPUDevice, dispatched, written: () => written }; // as much of one as the backend uses without reading back
}
