import * as sdk from '../generated/hey-api-axios/index.js';
import { client } from '../generated/hey-api-axios/client.gen.js';
import { type Operations, Refused } from '../session.js';

export function adapter(baseURL: string): Operations {
  client.setConfig({ baseURL });
  return {
    setToken: (token) => client.setConfig({ auth: token }),
    register: (body) => sdk.register({ body }).then(dataOf),
    login: (body) => sdk.login({ body }).then(dataOf),
    listProperties: (query) => sdk.listProperties({ query }).then(dataOf),
    getFacets: (query) => sdk.getPropertyFacets({ query }).then(dataOf),
    like: (id) => sdk.likeProperty({ path: { id } }).then(dataOf),
    unlike: async (id) => {
      await sdk.unlikeProperty({ path: { id } }).then(dataOf);
    },
    lookUpLikes: (propertyId) => sdk.lookUpMyLikes({ query: { propertyId } }).then(dataOf),
    listRanking: (query) => sdk.listPropertyRanking({ query }).then(dataOf),
    exportRanking: (query) => sdk.exportPropertyRanking({ query }).then(dataOf),
    createProperty: (body) => sdk.createProperty({ body }).then(dataOf),
    async getProperty(id) {
      const result = await sdk.getProperty({ path: { id }, throwOnError: true });
      return { property: result.data, etag: String(result.headers['etag']) };
    },
    updateProperty: (id, body, etag) =>
      sdk.updateProperty({ path: { id }, body, headers: { 'If-Match': etag } }).then(dataOf),
  };
}

function dataOf<T>({ data, error }: { data?: T; error?: sdk.Problem }): T {
  if (error) throw new Refused(error);
  return data as T;
}
