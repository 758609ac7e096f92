import createClient from 'openapi-fetch';
import type { components, paths } from '../generated/openapi-typescript/schema.js';
import { type Operations, Refused } from '../session.js';

type Problem = components['schemas']['Problem'];

export function adapter(baseUrl: string): Operations {
  const client = createClient<paths>({ baseUrl });
  let accessToken: string | undefined;
  client.use({
    onRequest({ request }) {
      if (accessToken) request.headers.set('Authorization', `Bearer ${accessToken}`);
    },
  });
  const path = (id: number) => ({ path: { id } });

  return {
    setToken: (token) => {
      accessToken = token;
    },
    register: (body) => client.POST('/v1/auth/register', { body }).then(dataOf),
    login: (body) => client.POST('/v1/auth/login', { body }).then(dataOf),
    listProperties: (query) => client.GET('/v1/properties', { params: { query } }).then(dataOf),
    getFacets: (query) => client.GET('/v1/properties/facets', { params: { query } }).then(dataOf),
    like: (id) => client.PUT('/v1/properties/{id}/like', { params: path(id) }).then(dataOf),
    unlike: (id) => client.DELETE('/v1/properties/{id}/like', { params: path(id) }).then(dataOf),
    lookUpLikes: (propertyId) =>
      client.GET('/v1/me/likes/lookup', { params: { query: { propertyId } } }).then(dataOf),
    listRanking: (query) => client.GET('/v1/ranking/properties', { params: { query } }).then(dataOf),
    exportRanking: (query) =>
      client.GET('/v1/ranking/properties.csv', { params: { query }, parseAs: 'text' }).then(dataOf),
    createProperty: (body) => client.POST('/v1/properties', { body }).then(dataOf),
    async getProperty(id) {
      const result = await client.GET('/v1/properties/{id}', { params: path(id) });
      return { property: dataOf(result), etag: result.response.headers.get('etag') };
    },
    updateProperty: (id, body, etag) =>
      client
        .PATCH('/v1/properties/{id}', { params: { ...path(id), header: { 'If-Match': etag } }, body })
        .then(dataOf),
  };
}

function dataOf<T>({ data, error }: { data?: T; error?: Problem }): T {
  if (error) throw new Refused(error);
  return data as T;
}
