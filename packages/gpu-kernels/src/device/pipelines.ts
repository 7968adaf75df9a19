import { COMPUTE_STAGE } from "./flags.ts";

/** How a shader sees a storage buffer: it reads it, or reads and writes it. */
export type Access = "r" | "w";

/** What a shader binds, in which way; one object for equal ones. */
export interface BindingLayout {
  readonly id: number;
  readonly group: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

/** One shader of one specialisation, and the layout of what it is bound to. */
export interface Pipeline {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: BindingLayout;
}

/** What a pipeline is made from. `source` is asked for only the first time that `key` is met. */
export interface Shader {
  /** The kernel and all that its source depends on. */
  readonly key: string;
  readonly source: () => string;
  /** Bindings 1, 2, ... in order; binding 0 is the uniform block. */
  readonly access: readonly Access[];
}

/** A page can answer as soon as a task of this length ends. */
const TASK_MS = 10;

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Compiled shaders by key. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #layouts = new Map<string, BindingLayout>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get size(): number {
    return this.#pipelines.size;
  }

  /** What is compiled for this key. */
  known(key: string): Pipeline | undefined {
    return this.#pipelines.get(key);
  }

  /** Compiles, and keeps. */
  make(shader: Shader): Pipeline {
    const { descriptor, layout } = this.#begin(shader);
    const pipeline = this.#device.createComputePipeline(descriptor);
    const made = { label: shader.key, pipeline, layout };
    this.#pipelines.set(shader.key, made);
    return made;
  }

  /** Compiles all without blocking: what the thread itself has to do for them, it does in short tasks. */
  async prepareAll(shaders: readonly Shader[]): Promise<void> {
    const compiling: Promise<void>[] = [];
    let begun = performance.now();
    await nextTask(); // after the one that asked
    for (const shader of shaders) {
      const compiled = this.prepare(shader);
      compiled.catch(() => {}); // told by the last line
      compiling.push(compiled);
      if (performance.now() - begun < TASK_MS) continue;
      await nextTask();
      begun = performance.now();
    }
    await Promise.all(compiling);
  }

  /** Compiles without blocking; a `make` meanwhile compiles by itself. */
  async prepare(shader: Shader): Promise<void> {
    if (this.#pipelines.has(shader.key)) return;
    const { descriptor, layout } = this.#begin(shader);
    const pipeline = await this.#device.createComputePipelineAsync(descriptor);
    this.#pipelines.set(shader.key, { label: shader.key, pipeline, layout });
  }

  #begin({ key, source, access }: Shader): {
    descriptor: GPUComputePipelineDescriptor;
    layout: BindingLayout;
  } {
    const layout = this.#layoutOf(access);
    const module = this.#device.createShaderModule({ label: key, code: source() });
    return { descriptor: { label: key, layout: layout.pipeline, compute: { module } }, layout };
  }

  #layoutOf(access: readonly Access[]): BindingLayout {
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
    const pipeline = this.#device.createPipelineLayout({ bindGroupLayouts: [group] });
    const layout = { id: this.#layouts.size, group, pipeline };
    this.#layouts.set(name, layout);
    return layout;
  }
}
