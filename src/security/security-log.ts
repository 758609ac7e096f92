import { createHmac, hkdfSync } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { Injectable } from '@nestjs/common';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Counter } from 'prom-client';
import { nameKey } from '../accounts/name-key.js';
import { Config } from '../config/config.js';
import { currentRequest, networkOf } from '../http/caller.js';
import { loggedPath } from '../http/logged-path.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { actionOfProblem, SECURITY_ACTIONS, type SecurityAction } from './security-events.js';

type Logger = Pick<FastifyBaseLogger, 'level' | 'child' | 'info'>;

interface Details {
  outcome?: 'success' | 'failure';
  /** The user who acts; by default the caller of the request. */
  userId?: number;
  /** The user whom the action changes, when it is another one. */
  targetUserId?: number;
}

/**
 * Writes security events (docs/security-log.md): one line of the log and one count each. `record` adds the caller and the address of
 * the request that it is called in. Refused requests, and changes and downloads of staff, are recorded without a call.
 */
@Injectable()
export class SecurityLog {
  readonly #events: Counter<'action' | 'outcome'>;
  readonly #nameSecret: Buffer | null;
  /** Callers whose refusal by a limit has its line: a flood of requests must not become a flood of lines. */
  readonly #limited = new LRUCache<string, true>({ max: 10_000, ttl: 60_000 });
  #logger: Logger | undefined;
  #command: string | undefined;

  constructor(registry: MetricsRegistry, { jwtSecret }: Config) {
    this.#events = registry.counter('security_events_total', 'Events of the security log', [
      'action',
      'outcome',
    ]);
    for (const action of Object.keys(SECURITY_ACTIONS))
      for (const outcome of ['success', 'failure']) this.#events.inc({ action, outcome }, 0);
    this.#nameSecret =
      jwtSecret === null ? null : Buffer.from(hkdfSync('sha256', jwtSecret, '', 'security-log', 32));
  }

  /** Records the events of all requests from now on. */
  attach(fastify: FastifyInstance): void {
    this.#logTo(fastify.log);
    fastify.addHook('onResponse', (request, reply, done) => {
      this.#recordAnswer(request, reply);
      done();
    });
  }

  /** Records the events of a command. */
  attachToCommand(name: string, logger: Logger): void {
    this.#command = name;
    this.#logTo(logger);
  }

  record(action: SecurityAction, details: Details = {}): void {
    this.#write(action, details, currentRequest());
  }

  #logTo(logger: Logger): void {
    // LOG_LEVEL does not leave out security events, except `silent`.
    const level = logger.level === 'silent' ? 'silent' : 'info';
    this.#logger = logger.child({ log: { logger: 'security' } }, { level });
  }

  #recordAnswer(request: FastifyRequest, reply: FastifyReply): void {
    const failed = actionOfProblem(reply.problemType, reply.statusCode);
    if (failed) return this.#write(failed, { outcome: 'failure' }, request, reply);
    if (!request.isForStaff) return;
    const outcome = reply.statusCode < 400 ? 'success' : 'failure';
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead) this.#write('staff-change', { outcome }, request, reply);
    else if (reply.hasHeader('content-disposition')) this.#write('staff-export', { outcome }, request, reply);
  }

  #write(
    action: SecurityAction,
    { outcome = 'success', userId, targetUserId }: Details,
    request?: FastifyRequest,
    reply?: FastifyReply,
  ): void {
    this.#events.inc({ action, outcome });
    if (action === 'rate-limit' && request && !this.#isFirst(request)) return;
    const { category, type } = SECURITY_ACTIONS[action];
    const user = {
      id: textOf(userId ?? request?.caller?.id),
      hash: request && this.#hashOfName(request.body),
      ...(targetUserId !== undefined && { target: { id: String(targetUserId) } }),
    };
    this.#logger?.info(
      {
        event: { kind: 'event', category, type, action, outcome, reason: reply?.problemType },
        user,
        ...(request ? requestFields(request, reply) : commandFields(this.#command)),
      },
      `${action}: ${outcome}`,
    );
  }

  /** Whether a limit refuses the caller for the first time in a minute. */
  #isFirst({ ip }: FastifyRequest): boolean {
    const network = networkOf(ip);
    if (this.#limited.has(network)) return false;
    this.#limited.set(network, true);
    return true;
  }

  /** A username in the body, as a keyed hash: people also type passwords into this field. */
  #hashOfName(body: unknown): string | undefined {
    const name: unknown = (body as Record<string, unknown> | null | undefined)?.username;
    if (typeof name !== 'string' || this.#nameSecret === null) return undefined;
    return createHmac('sha256', this.#nameSecret)
      .update(nameKey(name.slice(0, 254)))
      .digest('base64url');
  }
}

const textOf = (id: number | undefined): string | undefined => (id === undefined ? undefined : String(id));

function requestFields({ id, ip, method, url }: FastifyRequest, reply: FastifyReply | undefined): object {
  return {
    source: { ip },
    http: {
      request: { id, method },
      ...(reply && { response: { status_code: reply.statusCode } }),
    },
    url: { path: loggedPath(url) },
  };
}

function commandFields(name: string | undefined): object {
  return { process: { name, user: { name: operatorName() } }, host: { hostname: hostname() } };
}

function operatorName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined; // The container runs as a user id without a name.
  }
}
