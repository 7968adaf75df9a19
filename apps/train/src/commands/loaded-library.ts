import { readFileSync } from "node:fs";

/**
 * Where the library that a fact like "OpenBLAS (libopenblas.so.0)" names was loaded from, where Linux tells; else
 * `undefined`. A link has led to a file of another version's name: what counts is what stands before ".so".
 */
export function loadedLibrary(fact: string, maps: string = ownMaps()): string | undefined {
  const stem = /\(([^()]+?)\.so\b[^()]*\)$/.exec(fact)?.[1].replace(/^.*\//, "");
  if (stem === undefined) return undefined;
  const paths = [...maps.matchAll(/^\S+ \S+ \S+ \S+ \S+ +(\/.+)$/gm)].map(([, path]) => path);
  return paths.find((path) => path.slice(path.lastIndexOf("/") + 1).startsWith(stem));
}

function ownMaps(): string {
  try {
    return readFileSync("/proc/self/maps", "utf8");
  } catch {
    return "";
  }
}
