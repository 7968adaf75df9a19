/** What a worker runs, as text, so that no bundler has to find a file. The whole life of a worker is one call. */
import { plain, rowMajor, sgemmDeclaration } from "../blas/koffi.ts";

const start = `
function start({ module, memory, thread }, blasGemm) {
  return new WebAssembly.Instance(module, { env: { memory, blasGemm } }).exports.workerLoop.bind(null, thread);
}`;

/** CommonJS, for \`new Worker(source, { eval: true, workerData })\`. \`bind\` is bindGemm of blas/koffi.ts. */
export const nodeWorkerSource = `"use strict";
const { parentPort, workerData } = require("node:worker_threads");
${start}
function bind({ koffi: path, library }, memory) {
  const koffi = require(path);
  const sgemm = koffi.load(library).func(${JSON.stringify(sgemmDeclaration)});
  const base = Number(koffi.address(new Uint8Array(memory.buffer)));
  return (ta, tb, m, n, k, a, lda, b, ldb, beta, c, ldc) => {
    sgemm(${rowMajor}, ${plain} + ta, ${plain} + tb, m, n, k, 1, base + (a >>> 0), lda, base + (b >>> 0), ldb, beta, base + (c >>> 0), ldc);
  };
}
const loop = start(workerData, workerData.blas ? bind(workerData.blas, workerData.memory) : () => {});
parentPort.postMessage("ready");
loop();`;

/** For a Blob URL; the first message is the data. */
export const browserWorkerSource = `"use strict";
${start}
onmessage = ({ data }) => {
  const loop = start(data, () => {});
  postMessage("ready");
  loop();
  close();
};`;
