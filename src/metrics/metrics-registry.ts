import { Global, Injectable, Module } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

/** Every module registers its metrics here; `/metrics` returns them all. */
@Injectable()
export class MetricsRegistry extends Registry {
  /** The text for `/metrics`. Beside other processes of one primary: of all of them. */
  readAll = (): Promise<string> => this.metrics();

  counter<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this] });
  }

  /** A counter whose value is known elsewhere. @param read the value at the time of a scrape */
  total(name: string, help: string, read: () => number): void {
    const counter: Counter = new Counter({
      name,
      help,
      registers: [this],
      collect: () => {
        counter.reset();
        counter.inc(read());
      },
    });
  }

  /** @param read the value at the time of a scrape; without it, set() sets the value */
  gauge(name: string, help: string, read?: () => number): Gauge {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this],
      ...(read && { collect: () => gauge.set(read()) }),
    });
    return gauge;
  }
}

@Global()
@Module({
  providers: [{ provide: MetricsRegistry, useFactory: () => new MetricsRegistry() }],
  exports: [MetricsRegistry],
})
export class MetricsModule {}
