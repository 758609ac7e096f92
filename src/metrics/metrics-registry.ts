import { Global, Injectable, Module } from '@nestjs/common';
import { Registry } from 'prom-client';

/** Every module registers its metrics here; `/metrics` returns them all. */
@Injectable()
export class MetricsRegistry extends Registry {}

@Global()
@Module({
  providers: [{ provide: MetricsRegistry, useFactory: () => new MetricsRegistry() }],
  exports: [MetricsRegistry],
})
export class MetricsModule {}
