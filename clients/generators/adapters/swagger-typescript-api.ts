import { Api, type HttpResponse, type Problem } from '../generated/swagger-typescript-api/api.js';
import { type Operations, Refused } from '../session.js';

export function adapter(baseUrl: string): Operations {
  const { v1: api, setSecurityData } = new Api<string>({
    baseUrl,
    securityWorker: (token) => (token ? { headers: { Authorization: `Bearer ${token}` } } : {}),
  });
  return {
    setToken: (token) => setSecurityData(token ?? null),
    register: (body) => dataOf(api.register(body)),
    login: (body) => dataOf(api.login(body)),
    listProperties: (query) => dataOf(api.listProperties(query)),
    getFacets: (query) => dataOf(api.getPropertyFacets(query)),
    like: (id) => dataOf(api.likeProperty(id)),
    unlike: (id) => dataOf(api.unlikeProperty(id)),
    lookUpLikes: (propertyId) => dataOf(api.lookUpMyLikes({ propertyId })),
    listRanking: (query) => dataOf(api.listPropertyRanking(query)),
    exportRanking: (query) => dataOf(api.exportPropertyRanking(query, { format: 'text' })),
    createProperty: (body) => dataOf(api.createProperty(body)),
    async getProperty(id) {
      const { data, headers } = await api.getProperty(id);
      return { property: data, etag: headers.get('etag') };
    },
    updateProperty: (id, body, etag) =>
      dataOf(api.updateProperty(id, body, { headers: { 'If-Match': etag } })),
  };
}

async function dataOf<T>(answer: Promise<HttpResponse<T, unknown>>): Promise<T> {
  try {
    return (await answer).data;
  } catch (error) {
    const { error: problem } = error as HttpResponse<T, Problem | undefined>;
    throw problem?.type ? new Refused(problem) : error;
  }
}
