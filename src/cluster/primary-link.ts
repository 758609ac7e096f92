import { AggregatorRegistry, type Registry } from 'prom-client';
import type { FromPrimary, ToPrimary } from './messages.js';
import type { Count, Question } from './rate-counters.js';

const HEARTBEAT_MS = 1_000;

interface Waiting<T> {
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}
interface Asked extends Waiting<Count> {
  question: Question;
}

/** The connection of a serving process to the primary that started it. */
export class PrimaryLink {
  /** Questions of this turn of the event loop: one message takes them all. */
  #unsent: Asked[] = [];
  readonly #sent: Asked[][] = [];
  readonly #scrapes: Waiting<string>[] = [];

  /** @param registry the metrics of this process */
  open(registry: Registry): void {
    AggregatorRegistry.setRegistries(registry);
    // Its constructor adds the listener that sends these metrics to the primary.
    void new AggregatorRegistry();
    process.on('message', (message: FromPrimary) => this.#receive(message));
  }

  /** Tells the primary that this process serves, and from then on that it is alive. */
  ready(): void {
    this.#send({ ready: true });
    setInterval(() => this.#send({ alive: true }), HEARTBEAT_MS).unref();
  }

  /** Counts a request for all processes. */
  count(...question: Question): Promise<Count> {
    return new Promise((resolve, reject) => {
      if (this.#unsent.length === 0) setImmediate(() => this.#sendQuestions());
      this.#unsent.push({ question, resolve, reject });
    });
  }

  /** The metrics of all processes together. */
  metrics(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#scrapes.push({ resolve, reject });
      this.#send({ scrape: true });
    });
  }

  #sendQuestions(): void {
    const questions = this.#unsent;
    this.#unsent = [];
    this.#sent.push(questions);
    this.#send({ count: questions.map(({ question }) => question) });
  }

  #receive(message: FromPrimary): void {
    if ('counted' in message) this.#sent.shift()?.forEach(({ resolve }, i) => resolve(message.counted[i]!));
    else if ('scraped' in message) {
      const scrape = this.#scrapes.shift();
      if (message.scraped === null) scrape?.reject(new Error('a process has not sent its metrics'));
      else scrape?.resolve(message.scraped);
    }
  }

  #send(message: ToPrimary): void {
    // Without the primary this process ends, too.
    process.send?.(message, undefined, undefined, () => {});
  }
}
