import {
  type Attributes,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';

/** The attribute of a span that is a step of a background worker. */
export const WORKER_STEP = 'worker.step';
// A statement with a list of thousands of placeholders says no more.
const MAX_STATEMENT_LENGTH = 4_000;

/** Undefined while tracing is off. Then there is no span, and the SDK is not loaded. */
let tracer: Tracer | undefined;

export function useTracer(used: Tracer): void {
  tracer = used;
}

export const currentTracer = (): Tracer | undefined => tracer;

/** The fields that a log line gets while tracing is on. */
export function traceFields(): { traceId?: string } {
  const span = trace.getActiveSpan();
  return span ? { traceId: span.spanContext().traceId } : {};
}

/** Runs a step of a background worker in a span. A step that changes nothing leaves no span (WorkingSteps). */
export async function traceStep<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (!tracer) return work();
  const span = tracer.startSpan(name, { attributes: { [WORKER_STEP]: name } });
  try {
    return await context.with(trace.setSpan(context.active(), span), work);
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

type Callback = (error: unknown, result?: unknown) => void;

/**
 * Starts the span of a statement. It has the text of the statement, and no value.
 * @returns `done`, which also ends the span
 */
export function traceStatement(sql: string, done: Callback): Callback {
  if (!tracer) return done;
  const span = startClientSpan(/[a-z]+/i.exec(sql)?.[0].toUpperCase() ?? 'SQL', {
    'db.system.name': 'mysql',
    'db.query.text': withoutValues(sql).slice(0, MAX_STATEMENT_LENGTH),
  });
  if (!span) return done;
  return (error, result) => {
    if (error) markFailed(span, error);
    span.end();
    done(error, result);
  };
}

// Some statements have numbers and times in their text.
const LITERAL = /'(?:[^'\\]|\\.|'')*'|\b\d+(?:\.\d+)?(?:e\d+)?\b/g;
const withoutValues = (sql: string): string => sql.replace(LITERAL, '?').trim();

/** The span of a call to another server; undefined outside a request and a step. */
export function startClientSpan(name: string, attributes: Attributes): Span | undefined {
  if (!trace.getActiveSpan()) return undefined;
  return tracer?.startSpan(name, { kind: SpanKind.CLIENT, attributes });
}

/** Without the message, which may contain values of a statement. */
export function markFailed(span: Span, error: unknown): void {
  const { errno, code, name } = (error ?? {}) as { errno?: number; code?: string; name?: string };
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', String(errno ?? code ?? name ?? 'error'));
}
