import { type TokenizerLibrary, tokenizes } from "../../works/tokenizers.ts";
import { type Host, programOf } from "../host.ts";
import { peerVersion } from "../installed.ts";
import { residentPeak } from "../process-memory.ts";

/** A library of tokenizers: does that work and no other. */
export function tokenizerHost(name: string, library: TokenizerLibrary): Host {
  const programs = { tokenizers: async ({ variant }: { variant?: string }) => tokenizes(variant, library) };
  return {
    version: peerVersion(name),
    prepare: async (job) => programOf(name, programs, job.work)(job),
    sync: async () => {},
    peakBytes: residentPeak,
    close: async () => {},
  };
}

/** What a library cannot do. */
export function cannot(reason: string): () => never {
  return () => {
    throw new Error(reason);
  };
}
