import { context, propagation } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '../config/tracing-settings.js';
import { VERSION } from '../config/version.js';
import { traceFetch, traceRedis } from './outgoing.js';
import { useTracer } from './spans.js';
import { WorkingSteps } from './working-steps.js';

const NAME = 'property-service';

/**
 * Loads the SDK of OpenTelemetry and starts tracing. Only a process that traces imports this file.
 * @returns a function that sends the last spans
 */
export function startTracing(config: TracingConfig): () => Promise<void> {
  // They may stand in a file. The exporter reads the variable.
  process.env.OTEL_EXPORTER_OTLP_HEADERS = config.headers;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': NAME, 'service.version': VERSION }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(config),
    spanProcessors: [
      new WorkingSteps(
        new BatchSpanProcessor({
          exporter: new OTLPTraceExporter(),
          scheduledDelayMillis: config.batchDelayMs,
        }),
      ),
    ],
  });
  useTracer(provider.getTracer(NAME, VERSION));
  traceRedis();
  traceFetch();
  return () => provider.shutdown();
}

function samplerOf({ sampler, isParentBased, ratio }: TracingConfig): Sampler {
  const root = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  }[sampler]();
  return isParentBased ? new ParentBasedSampler({ root }) : root;
}
