/** What one layer remembers of the sequence so far. */
export interface LayerCache {
  /** Elements that are held. */
  readonly length: number;
  /** Most elements that can be held. */
  readonly maxLength: number;
  truncate(length: number): void;
  reset(): void;
  dispose(): void;
}
