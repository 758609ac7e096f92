import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Replicas } from '../database/replicas.js';
import { MetricsRegistry } from './metrics-registry.js';

/** Metrics of the read replicas. Without DATABASE_REPLICA_HOSTS there are none. */
@Injectable()
export class ReplicaMetrics {
  constructor(replicas: Replicas, registry: MetricsRegistry) {
    if (!replicas.areConfigured) return;
    const usable: Gauge = new Gauge({
      name: 'database_replica_usable',
      help: '1 while reads may go to the replica; 0 while it is away or more than 5 s behind',
      labelNames: ['replica'],
      aggregator: 'min',
      registers: [registry],
      collect: () => {
        for (const { name, isUsable } of replicas.all) usable.set({ replica: name }, isUsable ? 1 : 0);
      },
    });
    const lag: Gauge = new Gauge({
      name: 'database_replica_lag_seconds',
      help: 'How far the replica is behind the primary at most, up to a second more than it is; +Inf while it is away',
      labelNames: ['replica'],
      aggregator: 'max',
      registers: [registry],
      collect: () => {
        for (const { name, lagMs } of replicas.all) lag.set({ replica: name }, lagMs / 1_000);
      },
    });
    const reads: Counter = new Counter({
      name: 'database_replica_reads_total',
      help: 'Reads that may go to a replica, by the server that answered: a replica or the primary',
      labelNames: ['server'],
      registers: [registry],
      collect: () => {
        reads.reset();
        for (const [server, count] of replicas.reads) reads.inc({ server }, count);
      },
    });
  }
}
