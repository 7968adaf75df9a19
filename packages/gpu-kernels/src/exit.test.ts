import { spawnSync } from "node:child_process";
import { gpuTests } from "@saccade/software-adapter";
import { describe, expect, test } from "vitest";

const notRun = gpuTests.leftOut;

/** What a program does last, and what its process ends with. */
const endings: readonly [name: string, last: string, code: number][] = [
  ["with dispose", "gpu.dispose();", 0],
  ["without dispose", "", 0],
  ["while a result is being read", "void x.data();", 0],
  ["in an error", 'throw new RangeError("on purpose");', 1],
];

describe.skipIf(notRun)(
  gpuTests.title("a process that used a GPU ends by itself"),
  { timeout: 60_000 },
  () => {
    test.each(endings)("%s", (_, last, code) => {
      const program = `
      import { useSoftwareAdapter } from "@saccade/software-adapter";
      useSoftwareAdapter();
      const { randn, Key, setBackend } = await import("@saccade/core");
      const { createGpuBackend } = await import("@saccade/gpu-kernels");
      const gpu = await createGpuBackend();
      setBackend(gpu);
      const x = randn(new Key(0), [64, 64]);
      console.log((await x.add(x).data()).length);
      ${last}`;
      const options = ["--conditions=@saccade/source", "--input-type=module", "--eval", program];
      const { status, signal, stdout } = spawnSync(process.execPath, options, {
        cwd: import.meta.dirname,
        encoding: "utf8",
        timeout: 30_000,
      });
      expect({ status, signal, stdout: stdout.trim() }).toEqual({
        status: code,
        signal: null,
        stdout: "4096",
      });
    });
  },
);
