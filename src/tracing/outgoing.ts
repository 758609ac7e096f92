import { subscribe, tracingChannel } from 'node:diagnostics_channel';
import { context, propagation, type Span, trace } from '@opentelemetry/api';
import { markFailed, startClientSpan } from './spans.js';

interface OutgoingRequest {
  method: string;
  origin: string;
  addHeader(name: string, value: string): void;
}

/** A span for each command of ioredis, without its arguments. */
export function traceRedis(): void {
  const spans = new WeakMap<object, Span>();
  tracingChannel<unknown, { command: string; error?: unknown }>('ioredis:command').subscribe({
    start: (message) => {
      const name = message.command.toUpperCase();
      const span = startClientSpan(name, { 'db.system.name': 'redis', 'db.operation.name': name });
      if (span) spans.set(message, span);
    },
    error: (message) => {
      const span = spans.get(message);
      if (span) markFailed(span, message.error);
    },
    end: () => {},
    asyncStart: () => {},
    asyncEnd: (message) => spans.get(message)?.end(),
  });
}

/** A span for each `fetch`, whose request gets the `traceparent`. The span has the server, but no path. */
export function traceFetch(): void {
  const spans = new WeakMap<OutgoingRequest, Span>();
  subscribe('undici:request:create', (message) => {
    const { request } = message as { request: OutgoingRequest };
    const span = startClientSpan(request.method, {
      'http.request.method': request.method,
      'server.address': URL.parse(request.origin)?.host ?? '',
    });
    if (!span) return;
    spans.set(request, span);
    propagation.inject(trace.setSpan(context.active(), span), request, {
      set: (target, name, value) => target.addHeader(name, value),
    });
  });
  subscribe('undici:request:headers', (message) => {
    const { request, response } = message as { request: OutgoingRequest; response: { statusCode: number } };
    spans.get(request)?.setAttribute('http.response.status_code', response.statusCode).end();
  });
  subscribe('undici:request:error', (message) => {
    const { request, error } = message as { request: OutgoingRequest; error: unknown };
    const span = spans.get(request);
    if (span) markFailed(span, error);
    span?.end();
  });
}
