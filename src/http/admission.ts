import { AsyncResource } from 'node:async_hooks';
import { Injectable, Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { currentRequest } from './caller.js';
import { ProblemError } from './problem.js';
import { sendProblem } from './problem.filter.js';

/** Requests that wait for a shorter time are a burst, and all are answered. */
const BURST_MS = 300;
/** In an overload, a request waits for about this time at most. */
const MAX_WAIT_MS = 250;
/** This many requests may always wait for each one that may run, so that a slow machine does not refuse a light load. */
const FREE_WAITING = 5;
/** A longer time between two requests is a pause of the process, which is not the fault of the load. */
const MAX_STEP_MS = 50;
/** After this time the work for a caller who has gone is over: a statement ends earlier. */
const ABANDONED_MS = 4_000;
const WARN_MS = 10_000;
/** Made once: an error collects its stack. */
const BUSY = new ProblemError('service-busy');

declare module 'fastify' {
  interface FastifyRequest {
    place: Place | null;
  }
}

/** The place of a request. It is free while the request waits for something that uses neither processor nor database. */
class Place {
  #isTaken = true;
  #isOver = false;

  constructor(private readonly admission: Admission) {}

  leave(): void {
    if (!this.#isTaken) return;
    this.#isTaken = false;
    this.admission.removeRunning();
  }

  takeAgain(): void {
    if (this.#isTaken || this.#isOver) return;
    this.#isTaken = true;
    this.admission.addRunning();
  }

  end(): void {
    this.#isOver = true;
    this.leave();
  }
}

/** Waits without the place of the current request, so that others run meanwhile. */
export async function withoutPlace<T>(wait: () => Promise<T>): Promise<T> {
  const place = currentRequest()?.place;
  place?.leave();
  try {
    return await wait();
  } finally {
    place?.takeAgain();
  }
}

/**
 * Load shedding: limits the requests that run at a time to those that keep the database busy; others wait. When requests have waited
 * for BURST_MS without a break, only as many may wait as begin within MAX_WAIT_MS, and the others are refused at once.
 */
@Injectable()
export class Admission {
  /** Requests that were refused. */
  refused = 0;
  readonly #logger = new Logger(Admission.name);
  readonly #waiting = new Set<() => void>();
  #limit = Infinity;
  #running = 0;
  /** How long requests have waited without a break, in steps of at most MAX_STEP_MS. */
  #busyMs = 0;
  #steppedAt = 0;
  /** Requests that began to run in this period of MAX_WAIT_MS, and in the one before. */
  #begun = { now: 0, before: 0, periodEndsAt: 0 };
  #warnedAt = -Infinity;

  /** Requests that wait for their place. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether a further request would be refused. */
  get isOverloaded(): boolean {
    const begun = Math.max(this.#begun.now, this.#begun.before);
    return this.#busyMs > BURST_MS && this.#waiting.size >= Math.max(begun, FREE_WAITING * this.#limit);
  }

  /** @param limit requests that run at a time */
  attach(fastify: FastifyInstance, limit: number): void {
    this.#limit = limit;
    fastify.decorateRequest('place', null);
    // After the body was read: a client that sends it slowly holds no place.
    fastify.addHook('preValidation', (request, reply, done) => {
      if (!request.routeOptions.url?.startsWith('/v1')) return done();
      this.#enter(request, reply, done);
    });
    // Before the answer is sent: a client that reads it slowly holds no place.
    fastify.addHook('onSend', (request, _reply, _payload, done) => {
      request.place?.end();
      done();
    });
  }

  addRunning(): void {
    this.#running++;
  }

  removeRunning(): void {
    this.#running--;
    this.#step();
    while (this.#running < this.#limit) {
      const [begin] = this.#waiting;
      if (!begin) break;
      begin();
    }
  }

  #enter(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    this.#step();
    if (this.#running < this.#limit) return this.#begin(request, done);
    if (this.isOverloaded) return this.#refuse(request, reply);
    const goOn = AsyncResource.bind(done);
    const leave = (): void => {
      this.#waiting.delete(begin);
      request.signal.removeEventListener('abort', leave);
    };
    const begin = (): void => {
      leave();
      this.#begin(request, goOn);
    };
    // Its time is over, or its caller has gone.
    request.signal.addEventListener('abort', leave);
    this.#waiting.add(begin);
  }

  #begin(request: FastifyRequest, done: () => void): void {
    this.#begun.now++;
    this.#running++;
    const place = new Place(this);
    request.place = place;
    // The handler of a request whose caller has gone may never answer.
    request.signal.addEventListener('abort', () => setTimeout(() => place.end(), ABANDONED_MS).unref());
    done();
  }

  /** Measures how long requests have waited, and how many begin. */
  #step(): void {
    const now = performance.now();
    const step = Math.min(now - this.#steppedAt, MAX_STEP_MS);
    this.#busyMs = this.#waiting.size > 0 ? this.#busyMs + step : 0;
    this.#steppedAt = now;
    if (now < this.#begun.periodEndsAt) return;
    this.#begun = { now: 0, before: this.#begun.now, periodEndsAt: now + MAX_WAIT_MS };
  }

  #refuse(request: FastifyRequest, reply: FastifyReply): void {
    this.refused++;
    const now = performance.now();
    if (now - this.#warnedAt > WARN_MS) {
      this.#warnedAt = now;
      this.#logger.warn(`overload: ${this.#waiting.size} requests wait, ${this.refused} were refused so far`);
    }
    sendProblem(BUSY, request, reply);
  }
}
