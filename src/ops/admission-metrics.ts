import { Injectable } from '@nestjs/common';
import { Admission } from '../http/admission.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';

/** Metrics of the load shedding. */
@Injectable()
export class AdmissionMetrics {
  constructor(admission: Admission, registry: MetricsRegistry) {
    registry.gauge('http_requests_waiting', 'Requests that wait until others end', () => admission.waiting);
    registry.total(
      'http_requests_shed_total',
      'Requests that were refused because the service had more than it can answer',
      () => admission.refused,
    );
  }
}
