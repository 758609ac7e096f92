import axios, { type AxiosResponse } from 'axios';
import { getPropertyService, type Problem } from '../generated/orval-axios/api.js';
import { type Operations, Refused } from '../session.js';

export function adapter(baseURL: string): Operations {
  // Without this, axios writes `city[]=` for the values of a repeated parameter.
  const instance = axios.create({ baseURL, paramsSerializer: { indexes: null } });
  const api = getPropertyService(instance);
  return {
    setToken: (token) => {
      instance.defaults.headers.common.Authorization = `Bearer ${token}`;
    },
    register: (body) => dataOf(api.register(body)),
    login: (body) => dataOf(api.login(body)),
    listProperties: (query) => dataOf(api.listProperties(query)),
    getFacets: (query) => dataOf(api.getPropertyFacets(query)),
    like: (id) => dataOf(api.likeProperty(id)),
    unlike: (id) => dataOf(api.unlikeProperty(id)),
    lookUpLikes: (propertyId) => dataOf(api.lookUpMyLikes({ propertyId })),
    listRanking: (query) => dataOf(api.listPropertyRanking(query)),
    exportRanking: (query) => dataOf(api.exportPropertyRanking(query)),
    createProperty: (body) => dataOf(api.createProperty(body)),
    async getProperty(id) {
      const { data, headers } = await api.getProperty(id);
      return { property: data, etag: String(headers['etag']) };
    },
    updateProperty: (id, body, etag) =>
      dataOf(api.updateProperty(id, body, { headers: { 'If-Match': etag } })),
  };
}

async function dataOf<T>(answer: Promise<AxiosResponse<T>>): Promise<T> {
  try {
    return (await answer).data;
  } catch (error) {
    throw axios.isAxiosError<Problem>(error) && error.response ? new Refused(error.response.data) : error;
  }
}
