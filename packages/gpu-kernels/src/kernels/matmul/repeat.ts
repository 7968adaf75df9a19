/**
 * `code` for 0, 1 ... below `count`: written out where the compiler is that of a GPU, which then keeps arrays in
 * registers; as a loop where it is a processor's, whose compilers take long over long code.
 */
export function repeat(
  count: number,
  variable: string,
  unrolled: boolean,
  code: (i: string) => string,
): string {
  if (!unrolled && count > 1) {
    return `for (var ${variable} = 0u; ${variable} < ${count}u; ${variable}++) { ${code(variable)} }`;
  }
  return range(count)
    .map((i) => code(`${i}u`))
    .join("\n    ");
}

export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
