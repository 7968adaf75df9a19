import type { View } from "@saccade/core/backend";

/** A view in the shape of `like`, of which one axis has size 1: the first elements along it. */
export function withoutAxis(view: View, axis: number, like: View): View {
  const shape = [...like.shape];
  const strides = [...view.strides];
  shape[axis] = 1;
  strides[axis] = 0;
  return { ...view, shape, strides };
}
