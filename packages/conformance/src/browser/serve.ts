import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** Bundles the page and its worker from sources, and serves them cross-origin isolated on a free port. */
export async function serveTests(): Promise<Site> {
  const { outputFiles } = await build({
    entryPoints: ["page", "worker"].map((name) => fileURLToPath(new URL(`./${name}.ts`, import.meta.url))),
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    conditions: ["@saccade/source"],
    external: ["node:*", "webgpu", "koffi"],
    ignoreAnnotations: true, // the oracle finds ops in their registry, so that none may be shaken off
    write: false,
    outdir: "/",
    logLevel: "error",
  });
  const files = new Map(outputFiles.map(({ path, text }) => [path, text]));
  const page = '<!doctype html><title>Saccade</title><script type="module" src="/page.js"></script>';
  const server = createServer(({ url = "/" }, response) => {
    const text = url === "/" ? page : files.get(url);
    response.writeHead(text === undefined ? 404 : 200, {
      "content-type": url.endsWith(".js") ? "text/javascript" : "text/html",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
