import { client } from './api/client.gen.ts';
import { refreshSession } from './api/index.ts';
import { PREFIX, SERVICE } from './base.ts';

const TIMEOUT_MS = 10_000;

client.setConfig({
  baseUrl: SERVICE,
  // The service sets cookies for a path, and a proxy does not tell it the prefix.
  ...(PREFIX && { headers: { 'X-Base-Path': PREFIX } }),
  // A timeout counts as a network error. Downloads have none.
  fetch: (input, init) => {
    const { url } = input as Request;
    return fetch(input, url.includes('.csv') ? init : { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  },
});

/** A call without a result. */
export class CallFailed extends Error {
  /**
   * @param status of the response; 0 without a response
   * @param fields of the request that the service refused
   * @param retryAfter seconds, from the `Retry-After` header
   * @param problem the kind of problem, such as `sign-in-refused`
   */
  constructor(
    readonly status: number,
    readonly fields: readonly string[],
    readonly retryAfter: number | null,
    readonly problem: string | null = null,
  ) {
    super(`status ${status}`);
  }
}

/** True if the same request may succeed later. */
export const isTransient = ({ status }: CallFailed): boolean =>
  status === 0 || status === 429 || status >= 500;

interface Answer<T> {
  data?: T;
  error?: unknown;
  response?: Response;
}

export function failureOf(response: Response | undefined, error: unknown): CallFailed {
  const { errors = [], type = '' } = (error ?? {}) as { errors?: { field: string }[]; type?: string };
  const retryAfter = Number(response?.headers.get('retry-after')) || null;
  return new CallFailed(
    response?.status ?? 0,
    Array.isArray(errors) ? errors.map(({ field }) => field) : [],
    retryAfter,
    /^urn:problem:(.+)$/.exec(String(type))?.[1] ?? null,
  );
}

/** As callForResponse(), without the response. */
export const call = async <T>(send: () => Promise<Answer<T>>): Promise<T> =>
  (await callForResponse(send)).data;

/**
 * Sends a request. After a 401 it refreshes the session and sends the request once more.
 * @throws CallFailed
 */
export async function callForResponse<T>(
  send: () => Promise<Answer<T>>,
): Promise<{ data: T; response: Response }> {
  let answer = await send();
  if (answer.response?.status === 401) answer = await withSessionLock(() => sendWithNewCookies(send));
  const { data, response, error } = answer;
  if (data !== undefined && response?.ok) return { data, response };
  throw failureOf(response, error);
}

async function sendWithNewCookies<T>(send: () => Promise<Answer<T>>): Promise<Answer<T>> {
  // Another tab may have refreshed the session while this one waited for the lock.
  const again = await send();
  if (again.response?.status !== 401) return again;
  const { response, error } = await refreshSession();
  if (response?.ok) return send();
  // Only a 401 ends the session. After any other failure the refresh token may still be valid.
  return response?.status === 401 ? again : { response, error };
}

/**
 * Runs `work` in one tab at a time. A refresh token is valid for one use, and a second use ends the sign-in.
 * Browsers without Web Locks run it at once.
 */
export function withSessionLock<T>(work: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? navigator.locks.request('session', work) : work();
}
