import type { components } from './schema.js';

export type Problem = components['schemas']['Problem'];
export type ProblemType = Problem['type'];

/** The service, or something between it and the caller, refused a request. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  /** `about:blank`: the answer is not from the service, but for example from a proxy. */
  readonly type: ProblemType | 'about:blank';
  /** The faults of the input; empty when the problem is another one. */
  readonly errors: NonNullable<Problem['errors']>;
  /** The whole answer of the service. */
  readonly problem: Problem | undefined;
  /** After how many seconds another attempt makes sense. */
  readonly retryAfter: number | undefined;

  constructor(
    readonly response: Response,
    body: unknown,
  ) {
    const problem = isProblem(response, body) ? body : undefined;
    super(problem?.detail ?? `${response.status} ${response.statusText} from ${response.url}`);
    this.status = response.status;
    this.type = problem?.type ?? 'about:blank';
    this.errors = problem?.errors ?? [];
    this.problem = problem;
    this.retryAfter = Number(response.headers.get('retry-after')) || undefined;
  }

  /** Narrows a caught value to a problem of one of these types. */
  static is<T extends ProblemType>(error: unknown, ...types: T[]): error is ProblemError & { type: T } {
    return error instanceof ProblemError && (types as unknown[]).includes(error.type);
  }
}

const isProblem = ({ headers }: Response, body: unknown): body is Problem =>
  typeof body === 'object' && (headers.get('content-type') ?? '').startsWith('application/problem+json');
