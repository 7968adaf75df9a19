import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = dirname(dirname(fileURLToPath(import.meta.url)));

export type Manifest = {
  name: string;
  version: string;
  private?: boolean;
  exports?: Record<string, string | Record<string, string>>;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
};

export type WorkspacePackage = { dir: string; manifest: Manifest };

export function workspacePackages(base: string = root): WorkspacePackage[] {
  const inside = (folder: string): string[] =>
    readdirSync(join(base, folder))
      .sort()
      .map((name) => join(base, folder, name));
  return [...inside("packages"), ...inside("apps"), join(base, "examples")]
    .filter((dir) => existsSync(join(dir, "package.json")))
    .map((dir) => ({ dir, manifest: JSON.parse(readFileSync(join(dir, "package.json"), "utf8")) }));
}

export function publicPackages(base: string = root): WorkspacePackage[] {
  return workspacePackages(base).filter((it) => !it.manifest.private);
}
