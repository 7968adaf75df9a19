import type { BufferHandle, View } from "@saccade/core/backend";
import { contiguous, sizeOf } from "../../views/nest.ts";
import { copy } from "../copy.ts";
import type { Launcher } from "../launch.ts";
import { map } from "../map.ts";

/** Pieces of f32 in one buffer, one behind the other. */
export function withScratch(
  launcher: Launcher,
  shapes: readonly (readonly number[])[],
  use: (whole: View, pieces: readonly View[]) => void,
): void {
  const total = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  launcher.scratch(4 * total, (buffer: BufferHandle) => {
    let offset = 0;
    const pieces = shapes.map((shape) => {
      const piece = { ...contiguous(buffer, "f32", shape), offset };
      offset += sizeOf(shape);
      return piece;
    });
    use(contiguous(buffer, "f32", [total]), pieces);
  });
}

/** Copies; f16 becomes f32, or f32 f16. */
export function move(launcher: Launcher, from: View, to: View): void {
  if (from.dtype === to.dtype) copy(launcher, from, to);
  else map(launcher, { key: "move", inputs: [from], output: to, expression: "a" });
}

/** The first or second half of a piece whose first dimension is 2. */
export function halfOf(piece: View, half: number): View {
  const shape = piece.shape.slice(1);
  return { ...contiguous(piece.buffer, piece.dtype, shape), offset: piece.offset + half * sizeOf(shape) };
}
