import { bufferUsage, MAP_READ } from "../device/flags.ts";
import { library } from "./library.ts";
import { Uniforms } from "./uniforms.ts";

/**
 * For tests: the words of an expression in `a` and `b`, a float or a u32, over two lists of floats, as they are in memory.
 *
 * @param names  functions of the library that it calls
 * @param alter  changes the source, to try what another device might make of it
 */
export async function evaluate(
  device: GPUDevice,
  expression: string,
  names: readonly string[],
  [a, b]: readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>],
  alter: (source: string) => string = (source) => source,
): Promise<Uint32Array> {
  const u = new Uniforms();
  const code = `${u.declaration()}${alter(library(names))}
@group(0) @binding(1) var<storage, read> as_: array<f32>;
@group(0) @binding(2) var<storage, read> bs_: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= arrayLength(&out) || P.infinityBits == 0u) { return; }
  let a = as_[id.x];
  let b = bs_[id.x];
  out[id.x] = bitcast<u32>(${expression});
}`;
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
  const buffer = (
    bytes: number,
    usage: number,
    data?: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  ) => {
    const made = device.createBuffer({ size: bytes, usage });
    if (data) device.queue.writeBuffer(made, 0, data);
    return made;
  };
  const { storage, uniform, copySource, copyDestination, mapRead } = bufferUsage;
  const block = Int32Array.from(u.words);
  const buffers = [
    buffer(block.byteLength, uniform | copyDestination, block),
    buffer(a.byteLength, storage | copyDestination, a),
    buffer(b.byteLength, storage | copyDestination, b),
    buffer(a.byteLength, storage | copySource),
  ];
  const result = buffer(a.byteLength, mapRead | copyDestination);
  const entries = buffers.map((bound, binding) => ({ binding, resource: { buffer: bound } }));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(Math.ceil(a.length / 64));
  pass.end();
  encoder.copyBufferToBuffer(buffers[3], 0, result, 0, a.byteLength);
  device.queue.submit([encoder.finish()]);
  await result.mapAsync(MAP_READ);
  const words = new Uint32Array(result.getMappedRange().slice(0));
  for (const one of [...buffers, result]) one.destroy();
  return words;
}
