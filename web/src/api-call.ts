import { client } from './api/client.gen.ts';
import { refreshSession } from './api/index.ts';
import { PREFIX, SERVICE } from './base.ts';

const PATIENCE_MS = 10_000;

client.setConfig({
  baseUrl: SERVICE,
  // Cookies have paths, and a proxy does not tell the service below which prefix it serves it.
  ...(PREFIX && { headers: { 'X-Base-Path': PREFIX } }),
  // A service that hangs is no other than one that is away; a download may take its time.
  fetch: (input, init) => {
    const { url } = input as Request;
    return fetch(input, url.includes('.csv') ? init : { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
  },
});

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

/** Whether it may be another answer the next time. */
export const canHeal = ({ status }: CallFailed): boolean => status === 0 || status === 429 || status >= 500;

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
  const { response, error } = await refreshSession();
  if (response?.ok) return ask();
  // Only a refusal ends the sign-in.
  return response?.status === 401 ? again : { response, error };
}

/** Of all tabs: a refresh token is good for one use, and a second one would end the sign-in. */
export function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? navigator.locks.request('session', work) : work();
}
