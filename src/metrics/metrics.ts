import { Injectable } from '@nestjs/common';
import { MikroORM } from '@mikro-orm/mysql';
import { transactionRetries } from '../database/transaction.js';
import { MetricsRegistry } from './metrics-registry.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram } from 'prom-client';
import { VERSION } from '../config/version.js';

/** Private fields of mysql2's pool: it has no public counters. */
interface PoolInternals {
  _allConnections?: { length: number };
  _freeConnections?: { length: number };
  _connectionQueue?: { length: number };
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Metrics of the process, of HTTP requests by route, and of the database pool. No label holds a path or a caller. */
@Injectable()
export class Metrics {
  readonly #duration: Histogram<'method' | 'route' | 'status'>;

  constructor(orm: MikroORM, registry: MetricsRegistry) {
    this.#duration = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the start of a request to the end of its response, by route pattern',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [registry],
    });
    collectDefaultMetrics({ register: registry });
    // Sums of the metrics without `_total`: Prometheus reserves that ending for counters.
    for (const name of ['handles', 'requests', 'resources'])
      registry.removeSingleMetric(`nodejs_active_${name}_total`);
    new Gauge({
      name: 'property_service_build_info',
      help: 'Always 1; the labels are the version of the service and of Node.js',
      labelNames: ['version', 'node'],
      aggregator: 'first',
      registers: [registry],
    }).set({ version: VERSION, node: process.version }, 1);
    registry.total(
      'database_transaction_retries_total',
      'Transactions that were rolled back and retried after a deadlock or a lock-wait timeout',
      transactionRetries,
    );
    const pool = new Gauge({
      name: 'database_pool_connections',
      help: 'Database connections (open, idle), and requests that wait for a connection (waiting)',
      labelNames: ['state'],
      registers: [registry],
      collect: async () => {
        const internals = (await orm.em.getConnection().getNativeClient()) as PoolInternals;
        pool.set({ state: 'open' }, internals._allConnections?.length ?? 0);
        pool.set({ state: 'idle' }, internals._freeConnections?.length ?? 0);
        pool.set({ state: 'waiting' }, internals._connectionQueue?.length ?? 0);
      },
    });
  }

  observe(request: FastifyRequest, reply: FastifyReply): void {
    const route = request.routeOptions.url ?? 'none';
    this.#duration.observe(
      { method: request.method, route, status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
  }
}
