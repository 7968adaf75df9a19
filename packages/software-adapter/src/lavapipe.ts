import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where `npm run lavapipe` puts the driver. */
export const lavapipeFolder = join(import.meta.dirname, "..", "node_modules", ".cache", "lavapipe");

/** Where packages of the system put it. */
const systemFiles = ["lvp_icd.json", "lvp_icd.x86_64.json", "lvp_icd.aarch64.json"].map((name) =>
  join("/usr/share/vulkan/icd.d", name),
);

/** What Mesa 24 says of itself; that of Mesa 22 lacks what WebGPU asks for. */
const LEAST_VULKAN = [1, 3, 274];

/** The driver's description, or why there is none. */
export type FoundDriver = { readonly file: string } | { readonly reason: string };

/**
 * Mesa's lavapipe, a Vulkan driver in software that has what SwiftShader lacks (16-bit floats, subgroups of three sizes)
 * and is several times faster: the one that `SACCADE_VULKAN_DRIVER` names, that `npm run lavapipe` unpacked, or that the
 * system has.
 */
export function findLavapipe(): FoundDriver {
  const named = process.env.SACCADE_VULKAN_DRIVER;
  if (named)
    return existsSync(named) ? { file: named } : { reason: `no file ${named} (SACCADE_VULKAN_DRIVER)` };
  if (process.platform !== "linux")
    return { reason: `lavapipe is looked for on Linux (this is ${process.platform})` };
  const files = [join(lavapipeFolder, "lavapipe.json"), ...systemFiles].filter(existsSync);
  const recent = files.find(isRecent);
  if (recent) return { file: recent };
  const found = files.length === 0 ? "none is installed" : `too old: ${files.join(", ")}`;
  return { reason: `no Vulkan driver lavapipe of Mesa 24 or later (${found}); npm run lavapipe fetches one` };
}

function isRecent(file: string): boolean {
  const description: { readonly ICD?: { readonly api_version?: string } } = JSON.parse(
    readFileSync(file, "utf8"),
  );
  const version = (description.ICD?.api_version ?? "0").split(".").map(Number);
  const at = LEAST_VULKAN.findIndex((least, i) => (version[i] ?? 0) !== least);
  return at < 0 || (version[at] ?? 0) > LEAST_VULKAN[at];
}
