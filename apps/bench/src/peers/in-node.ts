import { fileURLToPath } from "node:url";
import type { HostName, ServedJob } from "./hosts.ts";
import type { Peer } from "./peer.ts";

const program = fileURLToPath(new URL("../main.ts", import.meta.url));

/** The command of a process of Node that serves a job. */
export function serveInNode(job: ServedJob): readonly string[] {
  return [process.execPath, "--conditions=@saccade/source", program, "serve", JSON.stringify(job)];
}

/** A library of JavaScript beside ours. */
export function javascriptPeer(host: HostName): Peer {
  return {
    name: host,
    refuses: ({ threads }) =>
      threads > 1 && host.startsWith("tfjs") ? `${host} has one thread in Node` : undefined,
    command: (job) => serveInNode({ ...job, host }),
  };
}
