import { readFileSync, writeFileSync } from "node:fs";

/** How far a call raises the resident memory of this process, where Linux counts it; else null. */
export async function residentPeak(call: () => void | Promise<void>): Promise<number | null> {
  let before: number | null = null;
  try {
    before = kilobytes("VmRSS");
    writeFileSync("/proc/self/clear_refs", "5"); // the high-water mark starts anew
  } catch {
    before = null;
  }
  await call();
  return before === null ? null : (kilobytes("VmHWM") - before) * 1024;
}

function kilobytes(field: string): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(status)?.[1]);
}
