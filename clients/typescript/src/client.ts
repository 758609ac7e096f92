import createFetchClient, { type FetchOptions, type HeadersOptions } from 'openapi-fetch';
import type {
  FilterKeys,
  PathsWithMethod,
  RequiredKeysOf,
  ResponseObjectMap,
  SuccessResponse,
} from 'openapi-typescript-helpers';
import { type Pages, pagesOf } from './pages.js';
import { ProblemError } from './problems.js';
import type { components, paths } from './schema.js';
import { authorize, memoryStore, type Tokens, type TokenStore } from './session.js';

const REFRESH_TIMEOUT_MS = 30_000;

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';
type Path<M extends Method> = PathsWithMethod<paths, M>;

/** Parameters, body, headers and signal of a request; `parseAs: 'text'` for an answer that is not JSON. */
export type Init<P extends keyof paths, M extends Method> = Omit<
  FetchOptions<FilterKeys<paths[P], M>>,
  'parseAs'
> & { parseAs?: 'text' };

/** The argument is optional when nothing in it is required. */
type InitArgument<I> = RequiredKeysOf<I> extends never ? [init?: I] : [init: I];

export interface Answer<P extends keyof paths, M extends Method> {
  data: paths[P] extends Record<M, infer Operation> ? DataOf<ResponseObjectMap<Operation>> : never;
  response: Response;
}
type DataOf<Responses> = Responses extends Record<number, unknown> ? SuccessResponse<Responses> : never;

/** Rejects with a ProblemError unless the request succeeds. */
type Call<M extends Method> = <P extends Path<M>>(
  path: P,
  ...init: InitArgument<Init<P, M>>
) => Promise<Answer<P, M>>;

export interface Client extends Pages {
  get: Call<'get'>;
  put: Call<'put'>;
  post: Call<'post'>;
  patch: Call<'patch'>;
  delete: Call<'delete'>;
  /** Stores the tokens of the user; later requests are sent with them. */
  signIn(credentials: components['schemas']['Login']): Promise<void>;
  /** Forgets the tokens and ends the refresh tokens of this sign-in. */
  signOut(): Promise<void>;
}

export interface ClientOptions {
  /** Address of the service without a slash at the end, such as `https://api.example.com`. */
  baseUrl: string;
  /** Where the tokens are kept; in memory unless given. */
  tokens?: TokenStore;
  /** Headers of each request. */
  headers?: HeadersOptions;
  /** Sends the requests instead of the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
}

export function createClient({ baseUrl, tokens: store = memoryStore(), ...options }: ClientOptions): Client {
  const send = options.fetch ?? ((request) => fetch(request));
  const exchange = async (refreshToken: string): Promise<Tokens | null> => {
    // A time limit: all requests with a token wait for the refresh.
    const signal = AbortSignal.timeout(REFRESH_TIMEOUT_MS);
    try {
      return (await call('post')('/v1/auth/refresh', { body: { refreshToken }, signal })).data;
    } catch (error) {
      if (error instanceof ProblemError && error.status === 401) return null;
      throw error;
    }
  };
  const client = createFetchClient<paths>({ ...options, baseUrl, fetch: authorize(send, store, exchange) });

  const call = <M extends Method>(method: M): Call<M> =>
    (async (path: string, init: object = {}) => {
      const request = client.request as (
        ...args: unknown[]
      ) => Promise<{ data?: unknown; error?: unknown; response: Response }>;
      const { data, error, response } = await request(method, path, init);
      if (!response.ok) throw new ProblemError(response, error);
      return { data, response };
    }) as Call<M>;

  const get = call('get');
  return {
    get,
    put: call('put'),
    post: call('post'),
    patch: call('patch'),
    delete: call('delete'),
    ...pagesOf(get),
    async signIn(credentials) {
      await store.save((await call('post')('/v1/auth/login', { body: credentials })).data);
    },
    async signOut() {
      const tokens = await store.load();
      await store.save(null);
      if (tokens) await call('post')('/v1/auth/logout', { body: { refreshToken: tokens.refreshToken } });
    },
  };
}
