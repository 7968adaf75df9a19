import type { Backend } from "@saccade/core/backend";
import { createCpuBackend } from "@saccade/cpu-kernels";
import { expect, test } from "vitest";
import { backwardCase, forwardCase } from "./cases/attention.ts";
import type { AttentionCall } from "./cases/attention-calls.ts";
import { packed, padded, type Sequence } from "./cases/attention-ranges.ts";
import type { AnyCase } from "./cases/case.ts";
import { testKernelCase } from "./runner/run-kernel-case.ts";

/** Each is on or off. */
const options: Readonly<Record<string, Partial<AttentionCall>>> = {
  causal: { attrs: { causal: true } },
  window: { attrs: { windowLeft: 7, windowRight: 4 } },
  softcap: { attrs: { softcap: 1.5 } },
  dropout: { attrs: { dropout: 0.25, key: [3, 4] } },
  mask: { maskBroadcast: [1] },
  bias: { biasBroadcast: [0] },
  alibi: { slopes: [0.3, 0.1] },
  sinks: { sinks: [0.5, -1] },
};
const names = Object.keys(options);

/** How the sequences lie: one of these. */
const layouts = ["whole", "padded", "packed"] as const;

interface Size {
  readonly T: number;
  readonly S: number;
  readonly E: number;
}

function sequencesOf(layout: (typeof layouts)[number], { T, S }: Size): Sequence[][] | undefined {
  if (layout === "whole") return undefined;
  if (layout === "padded") return padded([[T - 3, S], [T, S - 5]]); // biome-ignore format: two pairs
  return packed([3, 5], [T - 5, S - 9], [2, 4]);
}

function callOf(subset: readonly string[], layout: (typeof layouts)[number], size: Size): AttentionCall {
  const parts = subset.map((name) => options[name]);
  const sequences = sequencesOf(layout, size);
  return {
    ...Object.assign({}, ...parts),
    name: [layout, ...subset].join(", "),
    ...size,
    B: layout === "packed" ? 1 : 2,
    H: 2,
    K: 1,
    attrs: Object.assign({}, ...parts.map(({ attrs }) => attrs ?? {})),
    ...(sequences ? { sequences } : {}),
  };
}

/** Every subset of the options with every layout: small, and now and then of more than one block. */
const calls = Array.from({ length: 2 ** names.length }, (_, bits) =>
  layouts.map((layout, i) => {
    const large = (bits * layouts.length + i) % 23 === 0;
    const subset = names.filter((_, n) => bits & (1 << n));
    return callOf(subset, layout, large ? { T: 70, S: 150, E: 16 } : { T: 13, S: 18, E: 3 });
  }),
).flat();

const cases: readonly AnyCase[] = calls.flatMap((call) => [
  forwardCase(call),
  backwardCase(call, { dBias: call.biasBroadcast !== undefined, dSlopes: call.slopes !== undefined }),
]);

async function failuresOn(backend: Backend): Promise<string[]> {
  const failures: string[] = [];
  for (const it of cases) {
    const outcome = await testKernelCase(backend, it);
    if (outcome.status !== "passed") failures.push(`${it.kernel} ${it.name}: ${JSON.stringify(outcome)}`);
  }
  return failures;
}

test(`attention with every combination of options: ${cases.length} calls`, { timeout: 900_000 }, async () => {
  const backend = await createCpuBackend({ threads: 1, blas: "off" });
  expect(await failuresOn(backend)).toEqual([]);
  await backend.dispose();
});
