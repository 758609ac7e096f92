import { createClient, ProblemError } from '@property-service/client';
import { type Operations, Refused } from '../session.js';

export function adapter(baseUrl: string): Operations {
  let accessToken = '';
  const client = createClient({
    baseUrl,
    tokens: { load: () => (accessToken ? { accessToken, refreshToken: '' } : null), save: () => undefined },
  });
  const dataOf = async <T>(answer: Promise<{ data: T }>): Promise<T> => (await orRefused(answer)).data;
  const path = (id: number) => ({ path: { id } });

  return {
    setToken: (token = '') => {
      accessToken = token;
    },
    register: (body) => dataOf(client.post('/v1/auth/register', { body })),
    login: (body) => dataOf(client.post('/v1/auth/login', { body })),
    listProperties: (query) => dataOf(client.get('/v1/properties', { params: { query } })),
    async allPages(query) {
      const pages = [];
      for await (const page of client.pages('/v1/properties', { params: { query } })) pages.push(page);
      return pages;
    },
    getFacets: (query) => dataOf(client.get('/v1/properties/facets', { params: { query } })),
    like: (id) => dataOf(client.put('/v1/properties/{id}/like', { params: path(id) })),
    unlike: (id) => dataOf(client.delete('/v1/properties/{id}/like', { params: path(id) })),
    lookUpLikes: (propertyId) =>
      dataOf(client.get('/v1/me/likes/lookup', { params: { query: { propertyId } } })),
    listRanking: (query) => dataOf(client.get('/v1/ranking/properties', { params: { query } })),
    exportRanking: (query) =>
      dataOf(client.get('/v1/ranking/properties.csv', { params: { query }, parseAs: 'text' })),
    createProperty: (body) => dataOf(client.post('/v1/properties', { body })),
    async getProperty(id) {
      const { data, response } = await orRefused(client.get('/v1/properties/{id}', { params: path(id) }));
      return { property: data, etag: response.headers.get('etag') };
    },
    updateProperty: (id, body, etag) =>
      dataOf(
        client.patch('/v1/properties/{id}', { params: { ...path(id), header: { 'If-Match': etag } }, body }),
      ),
  };
}

const orRefused = <T>(answer: Promise<T>): Promise<T> =>
  answer.catch((error: unknown) => {
    throw error instanceof ProblemError && error.problem ? new Refused(error.problem) : error;
  });
