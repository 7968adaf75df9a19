/**
 * Ctrl-C once: asks the run to stop at the next step, where it saves. Twice: stops at once.
 */
export class Interrupt implements Disposable {
  requested = false;
  private readonly handler = (): void => {
    if (this.requested) process.exit(130);
    this.requested = true;
    process.stderr.write("\nstopping after this step; once more to stop at once\n");
  };

  constructor() {
    process.on("SIGINT", this.handler);
    process.on("SIGTERM", this.handler);
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.handler);
    process.off("SIGTERM", this.handler);
  }
}
