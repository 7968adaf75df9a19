import type { Backend } from "@saccade/core/backend";
import type { AnyCase } from "../cases/case.ts";
import { lackingDtype, runKernel } from "../runner/run-kernel-case.ts";
import { caseId } from "../runner/skip.ts";
import type { Elements } from "../values/elements.ts";
import { prepareCase } from "../values/prepare.ts";
import { digest } from "./digest.ts";

/** A digest of what each case's kernel writes, by case; cases that the backend does not serve are left out. */
export async function digestCases(
  backend: Backend,
  cases: readonly AnyCase[],
): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const it of cases) {
    if (lackingDtype(backend, it) !== null) continue;
    const run = await runKernel(backend, await prepareCase(it));
    if (run !== null) digests.set(caseId(it), run.outputs.map(digestElements).join(" "));
  }
  return digests;
}

function digestElements(elements: Elements): string {
  if (elements instanceof Float16Array) return digest(new Int16Array(elements.buffer));
  return digest(elements instanceof Uint8Array ? elements : new Int32Array(elements.buffer));
}

/** The cases whose digests differ, or that only one has. */
export function differences(
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
): readonly string[] {
  const ids = new Set([...a.keys(), ...b.keys()]);
  return [...ids].filter((id) => a.get(id) !== b.get(id));
}
