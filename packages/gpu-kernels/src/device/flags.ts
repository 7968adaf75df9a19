/** WebGPU's flags by number: Node has no globals of their names, and TypeScript's DOM types only the types. */
export const bufferUsage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyDestination: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const;
export const MAP_READ = 0x1;
export const COMPUTE_STAGE = 0x4;
/** What large transfers between host and device are cut into: drivers keep as much memory for each. */
export const PIECE_BYTES = 256 * 1024 * 1024;
