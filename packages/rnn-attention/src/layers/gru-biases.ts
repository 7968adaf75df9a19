import { add, concat, narrow, type Tensor } from "@saccade/core";

/**
 * The biases of a GRU as its sequence takes them: r's and z's are added to the gates, n's stands inside the product with
 * r.
 *
 * @param ih  b_ih, `[3H]`
 * @param hh  b_hh, `[3H]`
 */
export function gruBiases(ih: Tensor, hh: Tensor): { readonly gates: Tensor; readonly inside: Tensor } {
  const H = ih.shape[0] / 3;
  const shared = add(narrow(ih, 0, 0, 2 * H), narrow(hh, 0, 0, 2 * H));
  return { gates: concat([shared, narrow(ih, 0, 2 * H, H)]), inside: narrow(hh, 0, 2 * H, H) };
}
