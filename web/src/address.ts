import { useLocation } from 'preact-iso';

/** What a view is of, as it stands in the address: a link shows the same. */
export interface Address {
  by: 'trending' | 'likes';
  window: Window;
  city: string | null;
  cursor: string | null;
}
export const WINDOWS = ['1d', '7d', '30d', '90d', '365d', 'all'] as const;
type Window = (typeof WINDOWS)[number];

const DEFAULT_WINDOW = '30d';

/** @param query as it stands there: what is not known counts as not given */
function addressOf({ by, window, city, cursor }: Record<string, string | undefined>): Address {
  return {
    by: by === 'likes' ? 'likes' : 'trending',
    window: WINDOWS.find((one) => one === window) ?? DEFAULT_WINDOW,
    city: city?.trim() || null,
    cursor: cursor || null,
  };
}

/** The part after `?`, with its question mark, without what goes without saying. */
export function queryOf({ by, window, city, cursor }: Partial<Address>): string {
  const query = new URLSearchParams();
  if (by === 'likes') query.set('by', by);
  if (window && window !== DEFAULT_WINDOW) query.set('window', window);
  if (city) query.set('city', city);
  if (cursor) query.set('cursor', cursor);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** What the API is asked for an address. */
export const questionOf = ({ by, window, city, cursor }: Address) => ({
  by,
  window,
  ...(city && { city: [city] }),
  ...(cursor && { cursor }),
});

/** `go` changes the address; with `replace` so that one does not come back to what it was. */
export function useAddress(): Address & {
  go: (change: Partial<Address>, options?: { replace?: boolean }) => void;
} {
  const { query, path, route } = useLocation();
  const address = addressOf(query);
  return {
    ...address,
    // Other filters begin with the first page.
    go: (change, { replace = false } = {}) =>
      route(path + queryOf({ ...address, cursor: null, ...change }), replace),
  };
}
