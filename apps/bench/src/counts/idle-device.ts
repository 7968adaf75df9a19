/**
 * A WebGPU device that computes nothing, with as much memory as anybody asks for: what a program would have a GPU do can be
 * counted on a machine without one, at any size.
 *
 * @param storageBuffers  how many a kernel may bind; how many parameters AdamW serves in one dispatch depends on it
 */
export function idleDevice(storageBuffers: number): GPUDevice {
  const limits = {
    maxBufferSize: 2 ** 40,
    maxStorageBufferBindingSize: 2 ** 40,
    maxStorageBuffersPerShaderStage: storageBuffers,
    maxComputeWorkgroupStorageSize: 32768,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
    maxComputeWorkgroupsPerDimension: 65535,
    minStorageBufferOffsetAlignment: 256,
    minUniformBufferOffsetAlignment: 256,
  };
  const nothing = (): void => {};
  const pass = {
    setPipeline: nothing,
    setBindGroup: nothing,
    dispatchWorkgroups: nothing,
    end: nothing,
  };
  const encoder = {
    beginComputePass: () => pass,
    copyBufferToBuffer: nothing,
    clearBuffer: nothing,
    finish: () => ({}),
  };
  const device = {
    features: new Set<string>(),
    limits,
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
    createBindGroup: () => ({}),
    createComputePipeline: () => ({}),
    createCommandEncoder: () => encoder,
    queue: { submit: nothing, writeBuffer: nothing, onSubmittedWorkDone: async () => {} },
  };
  return device as unknown as GPUDevice; // as much of one as the backend uses without reading back
}
