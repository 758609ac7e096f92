import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { firstValueFrom, type Observable, of } from 'rxjs';
import { Replicas } from '../database/replicas.js';
import { Admission } from '../http/admission.js';
import { PreparedAnswer } from '../http/prepared-answer.js';
import { AnswerCache } from './answer-cache.js';
import { DataVersions, type Versions } from './data-versions.js';
import type { Wanted } from './redis-answers.js';
import { pickVersions, ReplicaReads } from './replica-read.js';

export interface CachedAnswerOptions {
  /** The data that the answer depends on: a change of it is seen by the next request. */
  dependsOn: (query: Readonly<Record<string, unknown>>) => readonly (keyof Versions)[];
  /** `public`: callers who are not staff get kept answers. `staff`: the route has a guard for staff, and all who pass it get them. */
  for: 'public' | 'staff';
  /** True for queries whose answer also depends on other data, or on the caller. It is not kept, here or in a shared cache. */
  exceptFor?: (query: Readonly<Record<string, unknown>>) => boolean;
  /** Milliseconds. */
  maxAge?: number;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    cachedAnswer?: CachedAnswerOptions;
  }
  interface FastifyRequest {
    /** Set when the answer is not in memory. */
    wantedAnswer: Wanted | null;
  }
}

// Some changes by other programs raise no version, such as a delete or another label of a status. They must be seen within 10 s:
// 2 s in StatusCatalogue, 3 s here, 5 s in a shared cache.
const MAX_AGE_MS = 3_000;
const SHARED_CACHE_SECONDS = 5;

/**
 * Keeps the 200s of a GET handler: body, ETag and compressed variants. All that the answer depends on is in path, query and
 * the versions, but not the caller.
 */
export function CachedAnswer(options: CachedAnswerOptions): MethodDecorator {
  const sharedForSeconds = options.for === 'public' ? SHARED_CACHE_SECONDS : undefined;
  return applyDecorators(
    RouteConfig({ cachedAnswer: options, sharedForSeconds }),
    UseInterceptors(CachedAnswerInterceptor),
  );
}

@Injectable()
export class CachedAnswers {
  constructor(
    private readonly versions: DataVersions,
    private readonly cache: AnswerCache,
    private readonly replicas: Replicas,
    private readonly reads: ReplicaReads,
    private readonly admission: Admission,
  ) {}

  /** Adds a hook to the routes for the public: it sends answers that are in memory, before guards, pipes and handler run. */
  attach(fastify: FastifyInstance): void {
    fastify.decorateReply('prepared', null);
    fastify.decorateRequest('wantedAnswer', null);
    if (!this.cache.isOn) return;
    fastify.addHook('onRoute', (route) => {
      const options = route.config?.cachedAnswer;
      if (options?.for !== 'public') return;
      route.onRequest = (request, reply, done) => {
        const asksForKept = request.headers.authorization === undefined && !isExcepted(request);
        // The versions are read from the database: in an overload, a request that will be refused does not wait for them.
        if (!asksForKept || (this.admission.isOverloaded && !this.cache.has(keyOf(request.url)))) done();
        else void this.#answerFromMemory(request, reply, options, done);
      };
    });
  }

  /** @returns the kept answer, or the one that `load` makes; what `load` returns when it must not be kept */
  async get(request: FastifyRequest, load: () => Promise<object>): Promise<PreparedAnswer | object> {
    const { cachedAnswer } = request.routeOptions.config;
    const isPublic = cachedAnswer?.for === 'public';
    // Staff see more, except on the routes for staff.
    if (!cachedAnswer || (isPublic && request.caller?.isStaff)) return load();
    // A replica may lack the caller's last like.
    if (isExcepted(request))
      return request.caller ? load() : this.reads.read(namesOf(request, cachedAnswer), load);
    if (!this.cache.isOn) return isPublic ? this.reads.read(namesOf(request, cachedAnswer), load) : load();
    const wanted = request.wantedAnswer ?? (await this.#wanted(request, cachedAnswer));
    return this.cache.get(wanted, async () => {
      const now = Date.now();
      const { result, lagMs } = isPublic
        ? await this.replicas.read(wanted.versions, load)
        : { result: await load(), lagMs: 0 };
      const { asOf }: { asOf?: string } = result;
      return PreparedAnswer.of(result, Math.min(now - lagMs, asOf ? Date.parse(asOf) : now));
    });
  }

  async #answerFromMemory(
    request: FastifyRequest,
    reply: FastifyReply,
    options: CachedAnswerOptions,
    goOn: (error?: Error) => void,
  ): Promise<void> {
    try {
      const wanted = await this.#wanted(request, options);
      // The time of the request is over.
      if (reply.sent) return;
      const answer = this.cache.find(wanted);
      if (answer) return void reply.send(answer.announce(request, reply));
      request.wantedAnswer = wanted;
    } catch (error) {
      return goOn(error as Error);
    }
    goOn();
  }

  async #wanted(request: FastifyRequest, options: CachedAnswerOptions): Promise<Wanted> {
    const versions = pickVersions(await this.versions.current(), namesOf(request, options));
    const version = Object.values(versions).join('.');
    return { key: keyOf(request.url), version, versions, maxAge: options.maxAge ?? MAX_AGE_MS };
  }
}

function namesOf(request: FastifyRequest, { dependsOn }: CachedAnswerOptions): readonly (keyof Versions)[] {
  return dependsOn(request.query as Record<string, unknown>);
}

const isExcepted = ({ routeOptions, query }: FastifyRequest): boolean =>
  routeOptions.config.cachedAnswer?.exceptFor?.(query as Record<string, unknown>) ?? false;

/** The URL with its parameters in one order. */
function keyOf(url: string): string {
  const start = url.indexOf('?');
  if (start < 0) return url;
  return `${url.slice(0, start)}?${url
    .slice(start + 1)
    .split('&')
    .toSorted()
    .join('&')}`;
}

@Injectable()
class CachedAnswerInterceptor implements NestInterceptor {
  constructor(private readonly answers: CachedAnswers) {}

  async intercept(context: ExecutionContext, handler: CallHandler<object>): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (isExcepted(request) && !reply.hasHeader('cache-control'))
      reply.header('cache-control', 'public, no-cache');
    const answer = await this.answers.get(request, () => firstValueFrom(handler.handle()));
    return of(answer instanceof PreparedAnswer ? answer.announce(request, reply) : answer);
  }
}
