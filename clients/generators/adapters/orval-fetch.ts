import * as api from '../generated/orval-fetch/api.js';
import { type Operations, Refused } from '../session.js';

// The address of the service stands in the generated code (orval.config.mjs).
export function adapter(): Operations {
  let authorized: RequestInit = {};
  return {
    setToken: (token) => {
      authorized = { headers: { Authorization: `Bearer ${token}` } };
    },
    register: (body) => api.register(body).then(dataOf),
    login: (body) => api.login(body).then(dataOf),
    listProperties: (query) => api.listProperties(query).then(dataOf),
    getFacets: (query) => api.getPropertyFacets(query).then(dataOf),
    like: (id) => api.likeProperty(id, authorized).then(dataOf),
    unlike: (id) => api.unlikeProperty(id, authorized).then(dataOf),
    lookUpLikes: (propertyId) => api.lookUpMyLikes({ propertyId }, authorized).then(dataOf),
    listRanking: (query) => api.listPropertyRanking(query, authorized).then(dataOf),
    exportRanking: (query) => api.exportPropertyRanking(query, authorized).then(dataOf),
    createProperty: (body) => api.createProperty(body, authorized).then(dataOf),
    async getProperty(id) {
      const result = await api.getProperty(id, {}, authorized);
      return { property: dataOf(result), etag: result.headers.get('etag') };
    },
    updateProperty: (id, body, etag) =>
      api.updateProperty(id, body, { headers: { ...authorized.headers, 'If-Match': etag } }).then(dataOf),
  };
}

type Success = 200 | 201 | 204;

function dataOf<R extends { status: number; data: unknown }>(
  result: R,
): Extract<R, { status: Success }>['data'] {
  if (result.status >= 400) throw new Refused(result.data as api.Problem);
  return result.data;
}
