import type { Answer, Init } from './client.js';
import type { paths } from './schema.js';

interface Page {
  items: unknown[];
  page: { nextCursor: string | null };
}

/** The paths whose answer is a page of a list. */
export type PagedPath = {
  [P in keyof paths]: paths[P] extends { get: object }
    ? Answer<P, 'get'>['data'] extends Page
      ? P
      : never
    : never;
}[keyof paths];

export type PageOf<P extends PagedPath> = Answer<P, 'get'>['data'];
export type ItemOf<P extends PagedPath> = PageOf<P> extends { items: (infer Item)[] } ? Item : never;

export interface Pages {
  /** The pages of a list, from the first one or from `params.query.cursor`, each requested when it is asked for. */
  pages<P extends PagedPath>(path: P, init?: Init<P, 'get'>): AsyncGenerator<PageOf<P>, void>;
  /** The items of all pages of a list. */
  items<P extends PagedPath>(path: P, init?: Init<P, 'get'>): AsyncGenerator<ItemOf<P>, void>;
}

type Get = (path: never, init: never) => Promise<{ data: unknown }>;

export function pagesOf(get: Get): Pages {
  async function* pages(path: PagedPath, init: { params?: { query?: object } } = {}) {
    let query = init.params?.query ?? {};
    for (;;) {
      const { data } = await get(path as never, { ...init, params: { ...init.params, query } } as never);
      const page = data as Page;
      yield page;
      const { nextCursor } = page.page;
      if (nextCursor === null) return;
      query = { ...query, cursor: nextCursor };
    }
  }
  async function* items(path: PagedPath, init?: object) {
    for await (const page of pages(path, init)) yield* page.items;
  }
  return { pages, items } as Pages;
}
