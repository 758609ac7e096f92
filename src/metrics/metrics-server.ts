import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Config, ConfigError } from '../config/config.js';
import { METRICS_TYPE } from './metrics.js';
import { MetricsRegistry } from './metrics-registry.js';

/** Serves `/metrics` on a separate port, for a private network. */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger(MetricsServer.name);
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  constructor(
    private readonly config: Config,
    private readonly registry: MetricsRegistry,
  ) {}

  /** @throws ConfigError when the port is taken */
  async onApplicationBootstrap(): Promise<void> {
    const port = this.config.metricsPort ?? 0;
    this.#server.listen(port, this.config.host);
    await once(this.#server, 'listening').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      throw new ConfigError(`Port ${port} is taken by another program; set METRICS_PORT to a free one.`);
    });
    this.#logger.log(`Metrics at http://127.0.0.1:${this.port}/metrics`);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  onApplicationShutdown(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (url.split('?', 1)[0] !== '/metrics') return void response.writeHead(404).end();
    if (method !== 'GET' && method !== 'HEAD')
      return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    try {
      const text = await this.registry.readAll();
      response.writeHead(200, { 'content-type': METRICS_TYPE }).end(text);
    } catch (error) {
      this.#logger.error(error);
      response.writeHead(500).end();
    }
  }
}
