import { Global, Injectable, Module } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

/** Every module registers its metrics here; `/metrics` returns them all. */
@Injectable()
export class MetricsRegistry extends Registry {
  counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this] });
  }

  gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this] });
  }
}

@Global()
@Module({
  providers: [{ provide: MetricsRegistry, useFactory: () => new MetricsRegistry() }],
  exports: [MetricsRegistry],
})
export class MetricsModule {}
