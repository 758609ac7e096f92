import { useLocation } from 'preact-iso';
import type { PropertyRanking } from './api/index.ts';
import { en } from './texts/en.ts';

/** The state of a view. It is in the query of the address, so a link shows the same state. */
export interface Address {
  by: 'trending' | 'likes';
  window: Window;
  city: string | null;
  cursor: string | null;
}
type Window = PropertyRanking['window'];
/** The windows of the API, in the order of the texts. */
export const WINDOWS = Object.keys(en.windows) as Window[];

const DEFAULT_WINDOW = '30d';

/** An unknown value counts as absent. */
function addressOf({ by, window, city, cursor }: Record<string, string | undefined>): Address {
  return {
    by: by === 'likes' ? 'likes' : 'trending',
    window: WINDOWS.find((known) => known === window) ?? DEFAULT_WINDOW,
    city: city?.trim() || null,
    cursor: cursor || null,
  };
}

/** The query string of an address, with its question mark and without default values; empty if nothing is left. */
export function queryOf({ by, window, city, cursor }: Partial<Address>): string {
  const query = new URLSearchParams();
  if (by === 'likes') query.set('by', by);
  if (window && window !== DEFAULT_WINDOW) query.set('window', window);
  if (city) query.set('city', city);
  if (cursor) query.set('cursor', cursor);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** The query parameters of the API for an address. */
export const apiQueryOf = ({ by, window, city, cursor }: Address) => ({
  by,
  window,
  ...(city && { city: [city] }),
  ...(cursor && { cursor }),
});

/** The address, and `go` to change it. With `replace` the browser's history keeps no entry of the old one. */
export function useAddress(): Address & {
  go: (change: Partial<Address>, options?: { replace?: boolean }) => void;
} {
  const { query, path, route } = useLocation();
  const address = addressOf(query);
  return {
    ...address,
    // Other filters start at the first page.
    go: (change, { replace = false } = {}) =>
      route(path + queryOf({ ...address, cursor: null, ...change }), replace),
  };
}
