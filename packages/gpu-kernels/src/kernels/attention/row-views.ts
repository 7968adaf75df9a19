/** Views of attention that are rows of heads, by name: which size counts the rows, and which their width. */
export const rowsOf = {
  q: ["queries", "width"],
  k: ["keys", "width"],
  v: ["keys", "valueWidth"],
  dOut: ["queries", "valueWidth"],
  out: ["queries", "valueWidth"],
  dq: ["queries", "width"],
  dk: ["keys", "width"],
  dv: ["keys", "valueWidth"],
} as const;

export type RowView = keyof typeof rowsOf;

export function isRowView(name: string): name is RowView {
  return name in rowsOf;
}
