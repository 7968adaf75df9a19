import { CpuOptionError } from "../errors.ts";
import { isNode, nodeModule } from "../platform.ts";
import { type BlasGemm, bindGemm, type Koffi, type KoffiLibrary } from "./koffi.ts";
import { type BlasLibrary, librariesFor, libraryAt } from "./libraries.ts";

/** A BLAS that was found, or why there is none. */
export interface BlasChoice {
  /** For `info()`. */
  readonly fact: string;
  /** What a worker needs to bind the same library. */
  readonly source?: BlasSource;
  /** Bound to the memory, for this thread. */
  readonly gemm?: BlasGemm;
}

export interface BlasSource {
  /** Path of koffi's CommonJS entry. */
  readonly koffi: string;
  /** Path or name of the library. */
  readonly library: string;
}

/**
 * Finds the system's BLAS.
 *
 * @param option  "auto", "off", or the path of a library (then it must load)
 * @throws CpuOptionError  a path that does not load or has no sgemm
 */
export async function findBlas(
  option: string,
  memory: WebAssembly.Memory,
  shared: boolean,
): Promise<BlasChoice> {
  if (option === "off") return { fact: "off (as asked for)" };
  const asked = option !== "auto";
  const refuse = (why: string): BlasChoice => {
    if (asked) throw new CpuOptionError(`createCpuBackend: blas cannot be had: ${why} (got ${option})`);
    return { fact: `off (${why})` };
  };
  if (!isNode) return refuse("only in Node");
  if (!shared) return refuse("the memory is not shared, so it may move");
  const { createRequire } = await nodeModule<typeof import("node:module")>("node:module");
  const require = createRequire(import.meta.url);
  let path: string;
  let koffi: Koffi;
  try {
    path = require.resolve("koffi");
    koffi = require("koffi") as Koffi;
  } catch {
    return refuse("the package koffi is not installed");
  }
  const libraries = asked ? libraryAt(option) : librariesFor(process.platform);
  for (const library of libraries) {
    for (const file of library.files) {
      const handle = open(koffi, library, file);
      if (!handle) continue;
      const gemm = bindGemm(koffi, handle, memory);
      return { fact: `${library.name} (${file})`, source: { koffi: path, library: file }, gemm };
    }
  }
  const names = [...new Set(libraries.map((library) => library.name))].join(", ");
  return refuse(asked ? "it does not load, or has no cblas_sgemm" : `none found of ${names}`);
}

/** The library, told to use one thread; `undefined` if it is absent or something else. */
function open(koffi: Koffi, library: BlasLibrary, file: string): KoffiLibrary | undefined {
  let handle: KoffiLibrary;
  try {
    handle = koffi.load(file);
    if (library.mark) handle.func(`void ${library.mark}()`);
    handle.func("void cblas_sgemm()");
  } catch {
    return undefined;
  }
  for (const declaration of library.setThreads) {
    try {
      handle.func(declaration)(library.one);
      break;
    } catch {
      // This version has no such function: it runs as its environment says.
    }
  }
  return handle;
}
