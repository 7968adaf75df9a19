import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Where scripts/install-peers.ts installs: too large for everyone who clones this repository. */
export const peersFolder: string = fileURLToPath(new URL("../../peers-installed/", import.meta.url));

/** A package of the peers, as its own types have it: `T` is the part that we use. */
export async function importPeer<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(resolvePeer(name)).href)) as T;
}

/**
 * @param name  of a package, or of a module in it
 * @throws Error where it is not installed
 */
export function resolvePeer(name: string): string {
  requirePeer(/^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
  return createRequire(join(peersFolder, "package.json")).resolve(name);
}

/** @throws Error where it is not installed */
export function peerVersion(name: string): string {
  requirePeer(name);
  const manifest = JSON.parse(readFileSync(join(peersFolder, "node_modules", name, "package.json"), "utf8"));
  return `${manifest.version} (Node ${process.versions.node})`;
}

function requirePeer(name: string): void {
  if (existsSync(join(peersFolder, "node_modules", name, "package.json"))) return;
  throw new Error(`peer ${name} is not installed: npm --prefix apps/bench run bench:peers`);
}
