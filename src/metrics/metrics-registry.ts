import { Global, Injectable, Module } from '@nestjs/common';
import { Registry } from 'prom-client';

/** Where each module registers what it counts; `/metrics` tells all of it. */
@Injectable()
export class MetricsRegistry extends Registry {}

@Global()
@Module({
  providers: [{ provide: MetricsRegistry, useFactory: () => new MetricsRegistry() }],
  exports: [MetricsRegistry],
})
export class MetricsModule {}
