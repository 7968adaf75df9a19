/** Shapes that do not fit. The message begins with the op's name and ends with what was got. */
export class ShapeError extends Error {
  override readonly name: string = "ShapeError";
}

/** A dtype that an op or a backend does not take. */
export class DTypeError extends Error {
  override readonly name: string = "DTypeError";
}

/** A gradient that was asked for and cannot be given: never silently zero. */
export class GradientError extends Error {
  override readonly name: string = "GradientError";
}

/** A tensor used after its memory went, or owned in a way that cannot be. */
export class LifetimeError extends Error {
  override readonly name: string = "LifetimeError";
}

/** An argument outside what is documented: a negative probability, an unknown option. */
export class ArgumentError extends Error {
  override readonly name: string = "ArgumentError";
}
