/**
 * AdamW's step, in place: an invocation per element, or per four.
 *
 * One idea: a model has many small parameters, and each dispatch has a price; so one dispatch serves as many parameters
 * as it can bind, its workgroups divided among them.
 */
import type { DType, FusedKernels, KernelFunction, View } from "@saccade/core/backend";
import type { Access } from "../device/pipelines.ts";
import { isContiguous } from "../views/nest.ts";
import { binding, count, load, stored, Walk } from "../wgsl/operand.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { eachElement, GROUP, groupsOver, type Launcher } from "./launch.ts";

type Attrs = FusedKernels["adamwStep"]["attrs"];

/** One parameter. */
interface Item {
  readonly grad: View;
  readonly param: View;
  readonly m: View;
  readonly v: View;
}

const names = ["grad", "param", "m", "v"] as const;

/** Beyond this, uniforms and source grow and nothing is won. */
const MOST_TOGETHER = 8;

export function adamwStep(launcher: Launcher): KernelFunction<FusedKernels["adamwStep"]> {
  return ([gradScale, ...grads], outputs, attrs) => {
    const items = grads.map((grad, i): Item => {
      const [param, m, v] = outputs.slice(3 * i, 3 * i + 3);
      return { grad, param, m, v };
    });
    const filled = items.filter(({ param }) => count(param) > 0);
    const fours = filled.filter((item) => inFours(item, outputs[0].dtype));
    const free = launcher.limits.maxStorageBuffersPerShaderStage - (gradScale ? 1 : 0);
    const most = Math.min(Math.floor(free / 4), MOST_TOGETHER);
    for (const some of bindable(fours, most)) together(launcher, some, gradScale, attrs);
    for (const item of filled) if (!fours.includes(item)) alone(launcher, item, gradScale, attrs);
  };
}

/** Whether all four arrays can be seen as vectors of four of this dtype. */
function inFours(item: Item, dtype: DType): boolean {
  return (
    count(item.param) % 4 === 0 &&
    isContiguous(item.grad) &&
    names.every((name) => item[name].dtype === dtype && item[name].offset % 4 === 0)
  );
}

/** Groups of at most `most`, none of which binds a buffer twice, as what is written may not be. */
function bindable(items: readonly Item[], most: number): Item[][] {
  const groups: Item[][] = [];
  let group: Item[] = [];
  const bound = new Set<number>();
  for (const item of items) {
    if (group.length === 0 || group.length === most || names.some((name) => bound.has(item[name].buffer))) {
      group = [];
      groups.push(group);
      bound.clear();
    }
    group.push(item);
    for (const name of names) bound.add(item[name].buffer);
  }
  return groups;
}

/** The numbers of the step, and where the scale is. */
function setNumbers(u: Uniforms, attrs: Attrs, gradScale: View | null): void {
  const { lr, beta1, beta2, eps, weightDecay, step, decoupled } = attrs;
  if (gradScale) u.i32("scale_o", gradScale.offset);
  u.f32("beta1", beta1)
    .f32("beta2", beta2)
    .f32("rest1", 1 - beta1)
    .f32("rest2", 1 - beta2);
  u.f32("rate", lr / (1 - beta1 ** step))
    .f32("correction", 1 / Math.sqrt(1 - beta2 ** step))
    .f32("eps", eps);
  u.f32("keep", decoupled ? 1 - lr * weightDecay : 1).f32("decay", decoupled ? 0 : weightDecay);
}

/** An array of the step: how its element is read in f32, and what it becomes. */
interface Place {
  readonly read: string;
  readonly write: (value: string) => string;
}

/** One step of an element of each array: Loshchilov & Hutter 2019, algorithm 2. */
function update(gradScale: View | null, [g, p, m, v]: readonly Place[]): string {
  const scale = gradScale ? ` * ${load("scale", gradScale.dtype, "P.scale_o")}` : "";
  return `let p = ${p.read};
    let g = ${g.read}${scale} + P.decay * p;
    let mean = P.beta1 * ${m.read} + P.rest1 * g;
    let square = P.beta2 * ${v.read} + P.rest2 * g * g;
    ${m.write("mean")}
    ${v.write("square")}
    ${p.write("p * P.keep - P.rate * mean / (sqrt(square) * P.correction + P.eps)")}`;
}

function together(launcher: Launcher, items: readonly Item[], gradScale: View | null, attrs: Attrs): void {
  const { dtype } = items[0].param;
  const u = new Uniforms();
  setNumbers(u, attrs, gradScale);
  let groups = 0;
  for (const [i, item] of items.entries()) {
    const quads = count(item.param) / 4;
    u.u32(`first${i}`, groups).u32(`count${i}`, quads);
    for (const name of names) u.u32(`${name}_o${i}`, item[name].offset / 4);
    groups += Math.ceil(quads / GROUP);
  }
  launcher.launch({
    key: `adamw ${items.length}/${dtype},${gradScale?.dtype}`,
    uniforms: u,
    reads: [...(gradScale ? [gradScale] : []), ...items.map(({ grad }) => grad)],
    writes: items.flatMap(({ param, m, v }) => [param, m, v]),
    source: () => togetherSource(items.length, dtype, gradScale),
    workgroups: groupsOver(groups, 1),
  });
}

function togetherSource(items: number, dtype: DType, gradScale: View | null): string {
  const lines = [gradScale ? binding(1, "scale", gradScale.dtype, "r") : ""];
  const bind = (name: string, access: Access): void => {
    const index = lines.length + (gradScale ? 1 : 0);
    lines.push(binding(index, name, dtype, access, { width: 4 }));
  };
  for (let i = 0; i < items; i++) bind(`grad${i}`, "r");
  for (let i = 0; i < items; i++) for (const name of names.slice(1)) bind(`${name}${i}`, "w");
  lines.push(`
@compute @workgroup_size(${GROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = group.y * groups.x + group.x;
`);
  for (let i = items - 1; i >= 0; i--) {
    const places = names.map((name): Place => {
      const index = `P.${name}_o${i} + i`;
      const write = (value: string) => `${name}${i}[${index}] = ${stored(dtype, value, 4)};`;
      return { read: load(`${name}${i}`, dtype, index, 4), write };
    });
    lines.push(`  if (at >= P.first${i}) {
    let i = (at - P.first${i}) * ${GROUP}u + lane;
    if (i >= P.count${i}) { return; }
    ${update(gradScale, places)}
    return;
  }
`);
  }
  return `${lines.join("")}}`;
}

/** A parameter that does not lie in fours, or whose gradient is strided. */
function alone(launcher: Launcher, { grad, param, m, v }: Item, gradScale: View | null, attrs: Attrs): void {
  const u = new Uniforms();
  u.u32("count", count(param)).i32("param_o", param.offset).i32("m_o", m.offset).i32("v_o", v.offset);
  const walk = new Walk(u, [grad], ["grad"]);
  setNumbers(u, attrs, gradScale);
  const reads = gradScale ? [grad, gradScale] : [grad];
  const first = reads.length + 1;
  const place = (name: string, { dtype }: View, at: string): Place => ({
    read: load(name, dtype, at),
    write: (value) => `${name}[${at}] = ${stored(dtype, value)};`,
  });
  const places = [
    place("grad_data", grad, "grad_at"),
    place("param", param, "P.param_o + i32(i)"),
    place("m", m, "P.m_o + i32(i)"),
    place("v", v, "P.v_o + i32(i)"),
  ];
  launcher.launch({
    key: `adamw ${[...reads, param, m, v].map(({ dtype }) => dtype)}/${walk.key}`,
    uniforms: u,
    reads,
    writes: [param, m, v],
    source:
      () => `${binding(1, "grad_data", grad.dtype, "r")}${gradScale ? binding(2, "scale", gradScale.dtype, "r") : ""}
${binding(first, "param", param.dtype, "w")}${binding(first + 1, "m", m.dtype, "w")}${binding(first + 2, "v", v.dtype, "w")}${eachElement}
  if (i >= P.count) { return; }
  ${walk.locate("i")}
  ${update(gradScale, places)}
}`,
    workgroups: groupsOver(count(param)),
  });
}
