/** Free stretches of memory of any size: merged when neighbours, handed out best fit first. */
export class FreeSpans {
  #spans: { start: number; bytes: number }[] = [];

  add(start: number, bytes: number): void {
    this.#spans.push({ start, bytes });
  }

  /** Joins neighbours; a span that ends at `top` is dropped and its start returned as the new top. */
  merge(top: number): number {
    this.#spans.sort((a, b) => a.start - b.start);
    const merged: { start: number; bytes: number }[] = [];
    for (const span of this.#spans) {
      const last = merged.at(-1);
      if (last && last.start + last.bytes === span.start) last.bytes += span.bytes;
      else merged.push({ ...span });
    }
    const last = merged.at(-1);
    if (last && last.start + last.bytes === top) {
      merged.pop();
      this.#spans = merged;
      return last.start;
    }
    this.#spans = merged;
    return top;
  }

  /** The start of `bytes` bytes from the smallest span that has them. */
  take(bytes: number): number | undefined {
    if (this.#spans.length === 0) return undefined;
    let best: { start: number; bytes: number } | undefined;
    for (const span of this.#spans) {
      if (span.bytes >= bytes && (!best || span.bytes < best.bytes)) best = span;
    }
    if (!best) return undefined;
    const { start } = best;
    best.start += bytes;
    best.bytes -= bytes;
    if (best.bytes === 0) this.#spans.splice(this.#spans.indexOf(best), 1);
    return start;
  }
}
