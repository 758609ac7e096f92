import { hash } from 'node:crypto';
import { readQuery } from '../../http/input.js';
import { type Fault, InvalidBody, InvalidParameters } from '../../http/problem.js';
import { MAX_QUERY, SavedQueryInput } from '../dto/saved-searches.dto.js';
import { listScope, type PropertyFilter, toFilter } from '../search/filter.js';

interface SavedQuery {
  /** Without what has no effect, in a fixed order. */
  query: string;
  /** Equal for queries with the same meaning. */
  query_key: string;
}

/** @throws InvalidBody with each fault of a parameter, as the list names it */
export function parseQuery(text: string): SavedQuery {
  if (!isDecodable(text)) throw refused([{ field: 'query', message: 'must be a query string' }]);
  const parameters = new URLSearchParams(text);
  const input = readSaved(parameters);
  parameters.sort();
  // Commas need no encoding: a polygon has many.
  const query = parameters.toString().replaceAll('%2C', ',');
  if (query.length > MAX_QUERY)
    throw refused([
      { field: 'query', message: `must be at most ${MAX_QUERY} characters when it is encoded` },
    ]);
  return {
    query,
    query_key: hash('sha256', listScope(input.sort, toFilter(input)), 'base64url'),
  };
}

export function filterOf(query: string): PropertyFilter {
  return toFilter(readSaved(new URLSearchParams(query)));
}

function readSaved(parameters: URLSearchParams): SavedQueryInput {
  const given = new Map<string, string | string[]>();
  for (const name of parameters.keys()) {
    const values = parameters.getAll(name);
    given.set(name, values.length > 1 ? values : values[0]!);
  }
  try {
    return readQuery(SavedQueryInput, Object.fromEntries(given));
  } catch (error) {
    if (error instanceof InvalidParameters) throw refused(error.options.errors ?? []);
    throw error;
  }
}

const refused = (faults: readonly Fault[]): InvalidBody => new InvalidBody(faults);

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
