import { expect, test } from "vitest";
import { loadedLibrary } from "./loaded-library.ts";

const maps = `7f00-7f01 r--p 00000000 08:01 42                         /usr/lib/libc.so.6
7f01-7f02 r-xp 00001000 08:01 43                         /usr/lib/openblas-pthread/libopenblasp-r0.3.21.so
7f02-7f03 rw-p 00000000 00:00 0                          [stack]
`;

test.each([
  ["OpenBLAS (libopenblas.so.0)", "/usr/lib/openblas-pthread/libopenblasp-r0.3.21.so"],
  ["OpenBLAS (/opt/blas/libopenblas.so)", "/usr/lib/openblas-pthread/libopenblasp-r0.3.21.so"],
  ["MKL (libmkl_rt.so.2)", undefined],
  ["off (as asked for)", undefined],
])("%s", (fact, path) => {
  expect(loadedLibrary(fact, maps)).toBe(path);
});
