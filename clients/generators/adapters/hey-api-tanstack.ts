import {
  type FetchQueryOptions,
  MutationObserver,
  type MutationObserverOptions,
  QueryClient,
  type QueryKey,
} from '@tanstack/query-core';
import * as query from '../generated/hey-api-tanstack/@tanstack/react-query.gen.js';
import { client } from '../generated/hey-api-tanstack/client.gen.js';
import { getProperty, type Problem } from '../generated/hey-api-tanstack/index.js';
import { type Operations, Refused } from '../session.js';

export function adapter(baseUrl: string): Operations {
  client.setConfig({ baseUrl });
  const queries = new QueryClient();
  const read = <T, K extends QueryKey>(options: FetchQueryOptions<T, Problem, T, K>): Promise<T> =>
    queries.fetchQuery(options).catch(refuse);
  const change = <T, V>(options: MutationObserverOptions<T, Problem, V>, variables: V): Promise<T> =>
    new MutationObserver(queries, options).mutate(variables).catch(refuse);

  return {
    setToken: (token) => client.setConfig({ auth: token }),
    register: (body) => change(query.registerMutation(), { body }),
    login: (body) => change(query.loginMutation(), { body }),
    listProperties: (list) => read(query.listPropertiesOptions({ query: list })),
    async allPages(list) {
      const { pages } = await queries.fetchInfiniteQuery({
        ...query.listPropertiesInfiniteOptions({ query: list }),
        initialPageParam: {},
        getNextPageParam: ({ page }) => page.nextCursor,
        pages: 100,
      });
      return pages;
    },
    getFacets: (filter) => read(query.getPropertyFacetsOptions({ query: filter })),
    like: (id) => change(query.likePropertyMutation(), { path: { id } }),
    unlike: async (id) => {
      await change(query.unlikePropertyMutation(), { path: { id } });
    },
    lookUpLikes: (propertyId) => read(query.lookUpMyLikesOptions({ query: { propertyId } })),
    listRanking: (list) => read(query.listPropertyRankingOptions({ query: list })),
    exportRanking: (filter) => read(query.exportPropertyRankingOptions({ query: filter })),
    createProperty: (body) => change(query.createPropertyMutation(), { body }),
    async getProperty(id) {
      // Query options give no headers.
      const { data, response } = await getProperty({ path: { id }, throwOnError: true });
      return { property: data, etag: response.headers.get('etag') };
    },
    updateProperty: (id, body, etag) =>
      change(query.updatePropertyMutation(), { path: { id }, body, headers: { 'If-Match': etag } }),
  };
}

const refuse = (problem: Problem): never => {
  throw new Refused(problem);
};
