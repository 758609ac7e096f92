import type { SettingsReader } from './settings-reader.js';

const SAMPLERS = ['always_on', 'always_off', 'traceidratio'] as const;

/** The settings of the traces. The SDK reads the other variables of OpenTelemetry itself. */
export interface TracingConfig {
  readonly sampler: (typeof SAMPLERS)[number];
  /** Whether the decision of the caller, in its `traceparent`, has precedence. */
  readonly isParentBased: boolean;
  /** The share of the traces that `traceidratio` sends. */
  readonly ratio: number;
  /** How long a span waits for others, to be sent with them. */
  readonly batchDelayMs: number;
  /** Headers for the collector, as `name=value,name=value`. '': none. */
  readonly headers: string;
}

/** @returns null unless an endpoint for traces is set */
export function readTracing(settings: SettingsReader): TracingConfig | null {
  const endpoints = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;
  for (const name of endpoints) {
    const url = settings.text(name, '');
    const isHttp = /^https?:$/.test(URL.parse(url)?.protocol ?? '');
    settings.check(name, url, isHttp, 'a URL such as http://collector:4318');
  }
  const isDisabled = settings.text('OTEL_SDK_DISABLED', 'false').toLowerCase() === 'true';
  if (isDisabled || !endpoints.some((name) => settings.text(name, ''))) return null;
  const text = settings.text('OTEL_TRACES_SAMPLER', 'parentbased_always_on');
  const sampler = SAMPLERS.find((name) => text.replace(/^parentbased_/, '') === name);
  settings.check(
    'OTEL_TRACES_SAMPLER',
    text,
    sampler !== undefined,
    `one of ${SAMPLERS.join(', ')}, each also with parentbased_ before it`,
  );
  const ratio = settings.text('OTEL_TRACES_SAMPLER_ARG', '1');
  settings.check(
    'OTEL_TRACES_SAMPLER_ARG',
    ratio,
    Number(ratio) >= 0 && Number(ratio) <= 1,
    'a number from 0 to 1',
  );
  return Object.freeze({
    sampler: sampler ?? 'always_on',
    isParentBased: text.startsWith('parentbased_'),
    ratio: Number(ratio),
    headers: settings.text('OTEL_EXPORTER_OTLP_HEADERS', ''),
    batchDelayMs: settings.wholeNumber('OTEL_BSP_SCHEDULE_DELAY', 5_000, 1, 600_000),
  });
}
