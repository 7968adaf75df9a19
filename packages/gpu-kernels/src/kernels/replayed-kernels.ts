import type { Backend, FusedKernelName, KernelName, RequiredKernelName, View } from "@saccade/core/backend";
import type { Launcher } from "./launch.ts";
import { Replays } from "./replay.ts";

type Kernels = Pick<Backend, "kernels" | "fused">;
type LooseKernel = (inputs: readonly (View | null)[], outputs: readonly View[], attrs: object) => void;

/** Not these: a key or the number of a step makes every call another one, or uniforms change from dispatch to dispatch. */
const askedAlways: ReadonlySet<KernelName> = new Set<KernelName>([
  ...(["random", "dropout", "adamwStep"] as const),
  ...(["lstmSequence", "gruSequence", "rnnSequence"] as const),
  ...(["lstmSequenceBackward", "gruSequenceBackward", "rnnSequenceBackward"] as const),
]);

/** The same kernels; what a call launches is launched again where another one differs in its buffers alone: see `Replays`. */
export function replayedKernels(launcher: Launcher, { kernels, fused }: Kernels): Kernels {
  const replays = new Replays(launcher);
  const replayed = (name: KernelName, run: LooseKernel): LooseKernel => {
    if (askedAlways.has(name)) return run;
    const again = replays.of(run);
    if (name !== "attention" && name !== "attentionBackward") return again;
    // With dropout, a key makes every call another one.
    return (inputs, outputs, attrs) =>
      ("dropout" in attrs && attrs.dropout !== 0 ? run : again)(inputs, outputs, attrs);
  };
  const required = Object.entries(kernels).map(([name, run]) => [
    name,
    replayed(name as RequiredKernelName, run as LooseKernel),
  ]);
  const others = Object.entries(fused).map(([name, kernel]) => [
    name,
    { ...kernel, run: replayed(name as FusedKernelName, kernel.run as LooseKernel) },
  ]);
  return { kernels: Object.fromEntries(required), fused: Object.fromEntries(others) };
}
