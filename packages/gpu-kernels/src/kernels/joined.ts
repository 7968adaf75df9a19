import { type Block, infinities } from "../wgsl/uniforms.ts";

/** A shader that is to be one of several in one dispatch. */
export interface Member {
  readonly uniforms: Block;
  /** Workgroups in all. */
  readonly groups: number;
  /** How many buffers it binds. */
  readonly buffers: number;
  /** The shader without the uniforms' declaration. */
  readonly source: () => string;
}

/** Most shaders of one dispatch: where the workgroups of each begin is a vector of four. */
export const MOST_JOINED = 4;

/** Words that a member's block has in that of all: it is made of vectors of four. */
export function wholeVectors({ words }: Block): number {
  return 4 * Math.ceil(words.length / 4);
}

/** The uniform block of all: the first workgroup of each member, then the members' blocks in whole vectors of four. */
export class JoinedBlock implements Block {
  readonly words: number[] = new Array<number>(MOST_JOINED).fill(0);
  readonly #members: readonly Member[];

  constructor(members: readonly Member[]) {
    this.#members = members;
    for (let i = 0, first = 0; i < members.length; i++) {
      this.words[i] = first;
      first += members[i].groups;
      for (const word of members[i].uniforms.words) this.words.push(word);
      while (this.words.length % 4 !== 0) this.words.push(0);
    }
  }

  declaration(): string {
    const parts = this.#members.map(({ uniforms }, i) => uniforms.struct(`Uniforms_${i}`));
    const binding = "@group(0) @binding(0) var<uniform> P: Uniforms;\n";
    return `${parts.join("")}${this.struct("Uniforms")}${binding}`;
  }

  struct(name: string): string {
    const fields = this.#members.map((_, i) => `@align(16) member_${i}: Uniforms_${i}`);
    return `struct ${name} { first: vec4<u32>, ${fields.join(", ")} }\n`;
  }
}

/**
 * One shader that does what several do: each has a range of workgroups, and its own bindings behind those of the members
 * before it. All that a member declares gets its number behind the name.
 *
 * Members begin as `eachElement` of `launch.ts` does: they know their place by `group`, `groups` and `lane`, and have
 * workgroups of `size`.
 */
export function joinedSource(members: readonly Member[], size: number): string {
  const texts: string[] = [];
  const calls: string[] = [];
  let bindings = 0;
  for (const [i, member] of members.entries()) {
    texts.push(memberText(member, i, bindings));
    const here = `main_${i}(vec3<u32>(flat - P.first[${i}], 0u, 0u), vec3<u32>(1u), lane);`;
    calls.push(`${i + 1 < members.length ? `if (flat < P.first[${i + 1}]) ` : ""}{ ${here} }`);
    bindings += member.buffers;
  }
  return `${texts.join("")}
@compute @workgroup_size(${size})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let flat = group.y * groups.x + group.x;
  ${calls.join(" else ")}
}`;
}

const entry = /@compute @workgroup_size\(\d+\)\s*fn main\([^{]*\{/;
const declared = /\b(?:fn|struct|const|alias)\s+(\w+)|\bvar<[^>]*>\s+(\w+)/g;

function memberText({ source }: Member, index: number, bindings: number): string {
  const text = (infinities + source()).replace(
    entry,
    "fn main(group: vec3<u32>, groups: vec3<u32>, lane: u32) {",
  );
  const names = new Set([...text.matchAll(declared)].map(([, name, variable]) => name ?? variable));
  return text
    .replace(/@binding\((\d+)\)/g, (_, at: string) => `@binding(${Number(at) + bindings})`)
    .replace(/(?<![.\w])[A-Za-z_]\w*/g, (word) => (names.has(word) ? `${word}_${index}` : word))
    .replace(/(?<![.\w])P\./g, `P.member_${index}.`);
}
