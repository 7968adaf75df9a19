/**
 * The same as `map`, four elements an invocation: for operands that lie in memory as vectors of four.
 */
import { computedType, count } from "../wgsl/operand.ts";
import { Quads, storeQuad } from "../wgsl/quads.ts";
import { Uniforms } from "../wgsl/uniforms.ts";
import { groupsOver, type Launcher } from "./launch.ts";
import { functionsOf, type MapCall } from "./map.ts";

/** Invocations of a workgroup. */
const GROUP = 256;
const letters = ["a", "b", "c", "d"];

/** False, and nothing was done, where the operands' places in memory do not allow it. */
export function mapQuads(launcher: Launcher, call: MapCall): boolean {
  const { inputs, output, displaced, random } = call;
  const u = new Uniforms();
  u.u32("count", count(output));
  const names = letters.slice(0, inputs.length);
  const quads = Quads.of(u, [...inputs, output], [...names, "out"]);
  if (!quads?.whole(inputs.length)) return false;
  const last = inputs.length - 1;
  if (displaced) {
    const whole = !quads.whole(last) || displaced.step % 4 === 0;
    if (!whole || !inputs.slice(0, -1).every((_, v) => quads.uniform(v))) return false;
  }
  if (displaced) u.i32("displacement", displaced.step);
  random?.uniforms(u);
  const ofFour = random?.ofFour;
  call.uniforms?.(u);
  const dtypes = [...inputs, output].map(({ dtype }) => dtype).join();
  const type = computedType[output.dtype];
  launcher.launch({
    key: `${call.key}/${dtypes}/${quads.key}${random ? `/${random.key}${ofFour ? "" : " one by one"}` : ""}`,
    uniforms: u,
    reads: inputs,
    writes: [output],
    source: () => {
      const parameters = inputs.map(({ dtype }, v) => `, ${names[v]}: ${computedType[dtype]}`).join("");
      const loads = inputs.map((_, v) => {
        const moved = displaced && v === last;
        const first = moved
          ? `{ let a = a_quad.x; ${names[v]}_at += (${displaced.by}) * P.displacement; } `
          : "";
        return `${first}let ${names[v]}_quad = ${quads.load(v)};`;
      });
      if (ofFour) loads.push(ofFour[0]);
      const drawn = ofFour ? ofFour[1] : (random?.ofOne("i + k") ?? "");
      const values = Object.entries(random?.values ?? {});
      const chance = values.map(([name]) => `, ${name}`).join("");
      const element = names.map((name) => `, ${name}_quad[k]`).join("") + chance;
      return `${inputs.map((_, v) => quads.binding(v, v + 1, "r")).join("")}${quads.binding(inputs.length, inputs.length + 1, "w")}${functionsOf(call)}
fn element(i: u32${parameters}${values.map(([name, wgsl]) => `, ${name}: ${wgsl}`).join("")}) -> ${type} { return ${call.expression}; }
@compute @workgroup_size(${GROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = ((group.y * groups.x + group.x) * ${GROUP}u + lane) * 4u;
  if (i >= P.count) { return; }
  ${quads.locate("i")}
  ${loads.join("\n  ")}
  var quad = vec4<${type}>();
  for (var k = 0u; k < 4u; k++) { ${drawn} quad[k] = element(i + k${element}); }
  let left = P.count - i;
  ${storeQuad("out_data", output.dtype, "out_at", "quad", "left")}
}`;
    },
    workgroups: groupsOver(Math.ceil(count(output) / 4), GROUP),
    ...(call.short && { short: { group: GROUP, bytes: 0 } }),
  });
  return true;
}
