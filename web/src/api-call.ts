import { refreshSession } from './api/index.ts';

/** Why a call gave nothing: what the service said, or 0 when it did not answer. */
export class CallFailed extends Error {
  constructor(
    readonly status: number,
    readonly fields: readonly string[],
    readonly retryAfter: number | null,
  ) {
    super(`status ${status}`);
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response?: Response;
}

export function problemOf(response: Response | undefined, error: unknown): CallFailed {
  const { errors = [] } = (error ?? {}) as { errors?: { field: string }[] };
  const retryAfter = Number(response?.headers.get('retry-after')) || null;
  return new CallFailed(
    response?.status ?? 0,
    Array.isArray(errors) ? errors.map(({ field }) => field) : [],
    retryAfter,
  );
}

/**
 * Asks, and once more with new cookies when those there were have run out.
 * @throws CallFailed
 */
export async function call<T>(ask: () => Promise<Answer<T>>): Promise<T> {
  let answer = await ask();
  if (answer.response?.status === 401) answer = await oneAtATime(() => askWithNewCookies(ask));
  if (answer.data !== undefined && answer.response?.ok) return answer.data;
  throw problemOf(answer.response, answer.error);
}

async function askWithNewCookies<T>(ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
  // Another tab may have seen to it.
  const again = await ask();
  if (again.response?.status !== 401) return again;
  const { response } = await refreshSession();
  return response?.ok ? ask() : again;
}

// Of all tabs: a refresh token is good for one use, and a second one would end the sign-in.
function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? navigator.locks.request('session', work) : work();
}
