/** What a worker runs, as text, so that no bundler has to find a file. The whole life of a worker is one call. */

const start = `
function start({ module, memory, thread }) {
  const env = { memory };
  return new WebAssembly.Instance(module, { env }).exports.workerLoop.bind(null, thread);
}`;

/** CommonJS, for \`new Worker(source, { eval: true, workerData })\`. */
export const nodeWorkerSource = `"use strict";
const { parentPort, workerData } = require("node:worker_threads");
${start}
const loop = start(workerData);
parentPort.postMessage("ready");
loop();`;

/** For a Blob URL; the first message is the data. */
export const browserWorkerSource = `"use strict";
${start}
onmessage = ({ data }) => {
  const loop = start(data);
  postMessage("ready");
  loop();
  close();
};`;
