import type { components } from './schema.js';

export type Tokens = Pick<components['schemas']['Tokens'], 'accessToken' | 'refreshToken'>;

/** Where the tokens are kept. `save(null)` means that the user is signed out. */
export interface TokenStore {
  load(): Tokens | null | Promise<Tokens | null>;
  save(tokens: Tokens | null): void | Promise<void>;
}

export function memoryStore(tokens: Tokens | null = null): TokenStore {
  return {
    load: () => tokens,
    save: (next) => {
      tokens = next;
    },
  };
}

/** Exchanges a refresh token; null when the service refuses it. */
export type Exchange = (refreshToken: string) => Promise<Tokens | null>;

/**
 * Sends the access token with each request. When it is refused, gets new tokens and repeats the request, once. One refresh runs at
 * a time, because the second use of a refresh token ends the whole sign-in; where the platform has Web Locks, this is true for
 * all tabs that share the store.
 */
export function authorize(
  send: (request: Request) => Promise<Response>,
  store: TokenStore,
  exchange: Exchange,
): (request: Request) => Promise<Response> {
  let refreshing: Promise<void> | undefined;

  async function renew(refused: Tokens): Promise<void> {
    const current = await store.load();
    // Another request or tab was faster.
    if (current?.accessToken !== refused.accessToken) return;
    const next = await exchange(current.refreshToken);
    // Since then the user may have signed out, or in as another user.
    if ((await store.load())?.refreshToken === current.refreshToken) await store.save(next);
  }

  return async (request) => {
    const tokens = request.url.includes('/v1/auth/') ? null : await store.load();
    if (!tokens) return send(request);
    const response = await send(withToken(request, tokens));
    if (!(await isTokenRefused(response))) return response;
    refreshing ??= oneTab(() => renew(tokens)).finally(() => {
      refreshing = undefined;
    });
    await refreshing;
    const next = await store.load();
    if (!next || next.accessToken === tokens.accessToken) return response;
    await response.body?.cancel();
    return send(withToken(request, next));
  };
}

/** Whether the service refused the access token. A 401 can also be about a password or a code of the second factor. */
async function isTokenRefused(response: Response): Promise<boolean> {
  if (response.status !== 401) return false;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return (body as { type?: unknown } | null)?.type === 'urn:problem:token-refused';
}

/** A copy, because a request with a body can be sent only once. */
function withToken(request: Request, { accessToken }: Tokens): Request {
  const copy = request.clone();
  copy.headers.set('Authorization', `Bearer ${accessToken}`);
  return copy;
}

// Absent in pages that are not on https, and in old versions of Node.js.
async function oneTab<T>(work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? await locks.request('property-service tokens', work) : work();
}
