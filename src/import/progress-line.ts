import type { WriteStream } from 'node:tty';

/** Tells how far a long work is: on a terminal in one line that is rewritten, elsewhere in a line now and then. */
export class ProgressLine {
  #next: number;

  constructor(private readonly stream: WriteStream) {
    this.#next = performance.now() + this.#interval;
  }

  /** @param text is asked for only when it is time to show it */
  show(text: () => string): void {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + this.#interval;
    this.stream.write(
      this.stream.isTTY ? `\r\x1b[K${text().slice(0, this.stream.columns - 1)}` : `${text()}\n`,
    );
  }

  /** Leaves the line empty for what comes after. */
  end(): void {
    if (this.stream.isTTY) this.stream.write('\r\x1b[K');
  }

  get #interval(): number {
    return this.stream.isTTY ? 200 : 5_000;
  }
}
