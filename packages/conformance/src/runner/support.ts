import type { Backend, FusedKernelName } from "@saccade/core/backend";
import { kernelCases, kernelNames } from "../cases/index.ts";
import { GuardedBuffer } from "./guarded-buffer.ts";
import { declines, isRequired } from "./kernels.ts";

/** What a backend has of one fused kernel. */
export interface KernelSupport {
  readonly kernel: FusedKernelName;
  readonly present: boolean;
  readonly served: number;
  /** Names of the cases that `supports` declines: core composes those. */
  readonly declined: readonly string[];
}

/** Mode support: every fused kernel, whether the backend has it, and which cases it declines. Runs nothing. */
export function supportOf(backend: Backend): readonly KernelSupport[] {
  return fusedNames().map((kernel) => {
    if (!backend.fused[kernel]) return { kernel, present: false, served: 0, declined: [] };
    const cases = kernelCases[kernel];
    const declined = cases.filter((it) => {
      const buffers = it.inputs.map((input) => input && new GuardedBuffer(backend, input, null, 0));
      const views = buffers.map((buffer) => buffer?.view ?? null);
      const result = declines(backend, kernel, views, it.attrs);
      for (const buffer of buffers) buffer?.free();
      return result;
    });
    return {
      kernel,
      present: true,
      served: cases.length - declined.length,
      declined: declined.map(({ name }) => name),
    };
  });
}

function fusedNames(): readonly FusedKernelName[] {
  return kernelNames.filter((name): name is FusedKernelName => !isRequired(name));
}

/** A line per kernel. */
export function formatSupport(support: readonly KernelSupport[]): string {
  const line = ({ kernel, present, served, declined }: KernelSupport): string => {
    if (!present) return `${kernel}: not supported, composed`;
    const rest = declined.length > 0 ? `; declined and composed: ${declined.join(" | ")}` : "";
    return `${kernel}: ${served} cases${rest}`;
  };
  return support.map(line).join("\n");
}
