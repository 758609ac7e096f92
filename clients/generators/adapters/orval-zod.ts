import * as schemas from '../generated/orval-zod/api.js';
import { type Operations, Refused } from '../session.js';

interface Schema<T> {
  parse(value: unknown): T;
}

/** Plain `fetch` with the generated schemas: they parse all that is sent and all that comes back. */
export function adapter(baseUrl: string): Operations {
  const headers = new Headers({ 'Content-Type': 'application/json' });
  async function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${baseUrl}${path}`, { method, headers, ...init });
    if (!response.ok) throw new Refused((await response.json()) as Refused['problem']);
    return response;
  }
  const get = async <T>(answer: Schema<T>, path: string): Promise<T> =>
    parsed(answer, await (await send('GET', path)).json());
  const change = async <T>(answer: Schema<T>, method: string, path: string, body?: unknown): Promise<T> =>
    parsed(answer, await (await send(method, path, { body: JSON.stringify(body) ?? null })).json());
  const search = (path: string, schema: Schema<object>, query: object) =>
    `${path}?${toSearch(schema.parse(query))}`;

  return {
    setToken: (token) => headers.set('Authorization', `Bearer ${token}`),
    register: (body) =>
      change(schemas.RegisterResponse, 'POST', '/v1/auth/register', parsed(schemas.RegisterBody, body)),
    login: (body) => change(schemas.LoginResponse, 'POST', '/v1/auth/login', parsed(schemas.LoginBody, body)),
    listProperties: (query) =>
      // Not parsed: one step sends a limit that the service refuses.
      get(schemas.ListPropertiesResponse, `/v1/properties?${toSearch(query)}`),
    getFacets: (query) =>
      get(
        schemas.GetPropertyFacetsResponse,
        search('/v1/properties/facets', schemas.GetPropertyFacetsQueryParams, query),
      ),
    like: (id) => change(schemas.LikePropertyResponse, 'PUT', `/v1/properties/${id}/like`),
    unlike: async (id) => {
      await send('DELETE', `/v1/properties/${id}/like`);
    },
    lookUpLikes: (propertyId) =>
      get(
        schemas.LookUpMyLikesResponse,
        search('/v1/me/likes/lookup', schemas.LookUpMyLikesQueryParams, { propertyId }),
      ),
    listRanking: (query) =>
      get(
        schemas.ListPropertyRankingResponse,
        search('/v1/ranking/properties', schemas.ListPropertyRankingQueryParams, query),
      ),
    async exportRanking(query) {
      const path = search('/v1/ranking/properties.csv', schemas.ExportPropertyRankingQueryParams, query);
      return (await send('GET', path)).text();
    },
    createProperty: (body) =>
      change(
        schemas.CreatePropertyResponse,
        'POST',
        '/v1/properties',
        parsed(schemas.CreatePropertyBody, body),
      ),
    async getProperty(id) {
      const response = await send('GET', `/v1/properties/${id}`);
      const property = parsed(schemas.GetPropertyResponse, await response.json());
      return { property, etag: response.headers.get('etag') };
    },
    async updateProperty(id, patch, etag) {
      headers.set('If-Match', etag);
      const body = parsed(schemas.UpdatePropertyBody, patch);
      return change(schemas.UpdatePropertyResponse, 'PATCH', `/v1/properties/${id}`, body);
    },
  };
}

/** Parses a value with a schema. Schemas drop unknown fields, so it throws when the result lacks a field of the value. */
function parsed<T>(schema: Schema<T>, value: unknown): T {
  const result = schema.parse(value);
  const [given, known] = [value, result].map((side) => JSON.stringify(side));
  if (given?.length !== known?.length) throw new Error(`the document lacks a field of ${given}`);
  return result;
}

function toSearch(query: object): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) search.append(name, String(one));
  }
  return search;
}
