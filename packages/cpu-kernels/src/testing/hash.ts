import { createHash } from "node:crypto";

/** A hash of bytes: equal exactly if the bits are. */
export function hash(bytes: ArrayBuffer): string {
  return createHash("sha1").update(new Uint8Array(bytes)).digest("hex");
}
