/** Where BLAS libraries are found, best first, and how each is told to use one thread. */

export interface BlasLibrary {
  readonly name: string;
  /** Names for the system's loader, or paths. */
  readonly files: readonly string[];
  /** A function that only this library has; `undefined` if the file says it all. */
  readonly mark?: string;
  /** C declarations of the functions that set the number of threads, tried in order, called with `one`. */
  readonly setThreads: readonly string[];
  /** The argument that means one thread. */
  readonly one: number;
}

const openBlas = {
  name: "OpenBLAS",
  mark: "openblas_get_config",
  setThreads: ["void openblas_set_num_threads(int)"],
  one: 1,
};
const mkl = {
  name: "MKL",
  mark: "MKL_Get_Max_Threads",
  setThreads: ["void MKL_Set_Num_Threads(int)"],
  one: 1,
};
const blis = {
  name: "BLIS",
  mark: "bli_info_get_version_str",
  setThreads: ["void bli_thread_set_num_threads(int64_t)"],
  one: 1,
};

/**
 * The libraries to try on a platform. A nameless `libblas` counts only if it is one of the quick ones in disguise:
 * the reference implementation is slower than our own kernels.
 */
export function librariesFor(platform: string): readonly BlasLibrary[] {
  if (platform === "darwin") {
    const accelerate = "/System/Library/Frameworks/Accelerate.framework/Accelerate";
    const threading = ["int BLASSetThreading(int)"]; // macOS 15 and later; 1 is BLAS_THREADING_SINGLE_THREADED
    return [
      { name: "Accelerate", files: [accelerate], setThreads: threading, one: 1 },
      { ...openBlas, files: ["libopenblas.dylib", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib"] },
    ];
  }
  if (platform === "win32") {
    return [
      { ...mkl, files: ["mkl_rt.2.dll", "mkl_rt.dll"] },
      { ...openBlas, files: ["libopenblas.dll", "openblas.dll"] },
    ];
  }
  return [
    { ...mkl, files: ["libmkl_rt.so.2", "libmkl_rt.so"] },
    { ...openBlas, files: ["libopenblas.so.0", "libopenblas.so"] },
    { ...blis, files: ["libblis.so.4", "libblis.so.3", "libblis.so"] },
    { ...openBlas, files: ["libblas.so.3", "libcblas.so.3"] },
  ];
}

/** What a library at a path of the user's may be: any of them, told by its functions. */
export function libraryAt(path: string): readonly BlasLibrary[] {
  return [
    { ...openBlas, files: [path] },
    { ...mkl, files: [path] },
    { ...blis, files: [path] },
    { name: "BLAS", files: [path], setThreads: ["int BLASSetThreading(int)"], one: 1 },
  ];
}
