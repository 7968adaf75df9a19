import { COMPUTE_STAGE } from "./flags.ts";

/** How a shader sees a storage buffer: it reads it, or reads and writes it. */
export type Access = "r" | "w";

/** One shader of one specialisation, and the layout of what it is bound to. */
export interface Pipeline {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** What a pipeline is made from. `source` is asked for only the first time that `key` is met. */
export interface Shader {
  /** The kernel and all that its source depends on. */
  readonly key: string;
  readonly source: () => string;
  /** Bindings 1, 2, ... in order; binding 0 is the uniform block. */
  readonly access: readonly Access[];
}

/** Compiled shaders by key. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #layouts = new Map<string, { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout }>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get size(): number {
    return this.#pipelines.size;
  }

  get(shader: Shader): Pipeline {
    const known = this.#pipelines.get(shader.key);
    if (known) return known;
    const made = { ...this.#begin(shader), label: shader.key };
    const pipeline = { ...made, pipeline: this.#device.createComputePipeline(made.descriptor) };
    this.#pipelines.set(shader.key, pipeline);
    return pipeline;
  }

  /** Compiles without blocking; a `get` meanwhile compiles by itself. */
  async prepare(shader: Shader): Promise<void> {
    if (this.#pipelines.has(shader.key)) return;
    const { descriptor, layout } = this.#begin(shader);
    const pipeline = await this.#device.createComputePipelineAsync(descriptor);
    this.#pipelines.set(shader.key, { label: shader.key, pipeline, layout });
  }

  #begin({ key, source, access }: Shader): {
    descriptor: GPUComputePipelineDescriptor;
    layout: GPUBindGroupLayout;
  } {
    const { group, pipeline } = this.#layoutOf(access);
    const module = this.#device.createShaderModule({ label: key, code: source() });
    return { descriptor: { label: key, layout: pipeline, compute: { module } }, layout: group };
  }

  #layoutOf(access: readonly Access[]): { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout } {
    const name = access.join("");
    const known = this.#layouts.get(name);
    if (known) return known;
    const visibility = COMPUTE_STAGE;
    const entries: GPUBindGroupLayoutEntry[] = [
      { binding: 0, visibility, buffer: { type: "uniform", hasDynamicOffset: true } },
      ...access.map(
        (one, i): GPUBindGroupLayoutEntry => ({
          binding: i + 1,
          visibility,
          buffer: { type: one === "r" ? "read-only-storage" : "storage" },
        }),
      ),
    ];
    const group = this.#device.createBindGroupLayout({ entries });
    const layout = { group, pipeline: this.#device.createPipelineLayout({ bindGroupLayouts: [group] }) };
    this.#layouts.set(name, layout);
    return layout;
  }
}
