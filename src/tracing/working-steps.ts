import { type Context, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import { WORKER_STEP } from './spans.js';

const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'CALL']);
// A step with more statements does something. Its spans are then sent as they end.
const MAX_SPANS = 500;

/** Leaves out the traces of worker steps that changed nothing: a worker looks for work twice a second. */
export class WorkingSteps implements SpanProcessor {
  /** The ended spans of each step that runs, by the id of its trace. */
  readonly #ended = new Map<string, ReadableSpan[]>();

  constructor(private readonly next: SpanProcessor) {}

  onStart(span: Parameters<SpanProcessor['onStart']>[0], parent: Context): void {
    if (isStep(span)) this.#ended.set(span.spanContext().traceId, []);
    this.next.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    const { traceId } = span.spanContext();
    const ended = this.#ended.get(traceId);
    if (!ended) return this.next.onEnd(span);
    ended.push(span);
    if (!isStep(span) && ended.length <= MAX_SPANS) return;
    this.#ended.delete(traceId);
    const hasWorked = ended.some(
      ({ name, status }) => WRITES.has(name) || status.code === SpanStatusCode.ERROR,
    );
    if (hasWorked || !isStep(span)) for (const each of ended) this.next.onEnd(each);
  }

  forceFlush(): Promise<void> {
    return this.next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.next.shutdown();
  }
}

const isStep = (span: ReadableSpan): boolean =>
  span.attributes[WORKER_STEP] !== undefined && !span.parentSpanContext;
