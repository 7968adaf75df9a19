/** What the date task was asked for makes no sense; the message says what was got. */
export class DateTaskError extends RangeError {
  override name = "DateTaskError";
}
