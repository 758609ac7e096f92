import type { WriteStream } from 'node:tty';

/** Shows progress: on a terminal in one line that is rewritten, elsewhere in a new line every 5 seconds. */
export class ProgressLine {
  #nextAt: number;

  constructor(private readonly stream: WriteStream) {
    this.#nextAt = performance.now() + this.#intervalMs;
  }

  /** @param text called only when the line is due */
  show(text: () => string): void {
    const now = performance.now();
    if (now < this.#nextAt) return;
    this.#nextAt = now + this.#intervalMs;
    this.stream.write(
      this.stream.isTTY ? `\r\x1b[K${text().slice(0, this.stream.columns - 1)}` : `${text()}\n`,
    );
  }

  /** Clears the line. */
  end(): void {
    if (this.stream.isTTY) this.stream.write('\r\x1b[K');
  }

  get #intervalMs(): number {
    return this.stream.isTTY ? 200 : 5_000;
  }
}
