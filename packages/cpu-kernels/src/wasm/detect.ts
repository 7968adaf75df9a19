/** Which SIMD the engine has: found by validating tiny modules that use it. */

export type SimdLevel = "relaxed" | "baseline";

/** `(func (result v128) splat splat splat <op>)` */
function moduleWith(op: readonly number[]): Uint8Array<ArrayBuffer> {
  const splat = [0x41, 0x00, 0xfd, 0x0f];
  const body = [0x00, ...splat, ...splat, ...splat, ...op, 0x0b];
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const type = [0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b];
  const functions = [0x03, 0x02, 0x01, 0x00];
  return new Uint8Array([
    ...header,
    ...type,
    ...functions,
    ...[0x0a, body.length + 2, 0x01, body.length],
    ...body,
  ]);
}

/** `f32x4.relaxed_madd` */
const relaxed = moduleWith([0xfd, 0x85, 0x02]);
/** `v128.bitselect` */
const baseline = moduleWith([0xfd, 0x52]);

/** The best level that this engine runs, or `undefined` if it has no SIMD. */
export function detectSimd(): SimdLevel | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  if (WebAssembly.validate(relaxed)) return "relaxed";
  return WebAssembly.validate(baseline) ? "baseline" : undefined;
}
