import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { currentTracer } from './spans.js';

/**
 * A span for each request. It continues the trace of the caller's `traceparent`. It has the route, but no path, parameter or address.
 * @param isTraced false for requests that leave no span
 */
export function traceRequests(
  fastify: FastifyInstance,
  isTraced: (request: FastifyRequest) => boolean,
): void {
  const tracer = currentTracer();
  if (!tracer) return;
  const contexts = new WeakMap<FastifyRequest, Context>();
  const inContext = (request: FastifyRequest, done: () => void): void =>
    context.with(contexts.get(request) ?? context.active(), done);

  fastify.addHook('onRequest', (request, _reply, done) => {
    if (!isTraced(request)) return done();
    const { method } = request;
    const route = request.routeOptions.url;
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const span = tracer.startSpan(
      route ? `${method} ${route}` : method,
      {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': method, ...(route && { 'http.route': route }) },
      },
      parent,
    );
    contexts.set(request, trace.setSpan(parent, span));
    inContext(request, done);
  });
  // After the body was read: its reader does not keep the asynchronous context.
  fastify.addHook('preValidation', (request, _reply, done) => inContext(request, done));
  fastify.addHook('onResponse', (request, { statusCode }, done) => {
    inContext(request, () => {
      const span = contexts.has(request) ? trace.getActiveSpan() : undefined;
      span?.setAttribute('http.response.status_code', statusCode);
      if (statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
      span?.end();
      done();
    });
  });
}
