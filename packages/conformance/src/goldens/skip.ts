/** Thrown where a case cannot be run by design, with the reason that the report gives. */
export class SkipCase extends Error {
  override readonly name: string = "SkipCase";
}
