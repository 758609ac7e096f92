// One session of a user and one of staff, as an application has them. Each generated client runs it through its adapter.
import type { components } from '@property-service/client';

type Schemas = components['schemas'];
type Page = Schemas['PropertyPage'];
type Problem = Schemas['Problem'];

export interface ListQuery {
  city: string[];
  propertyType: 'house'[];
  limit: number;
  count?: boolean;
  cursor?: string;
}

/** What the session needs of a client. An operation that the service refuses rejects with `Refused`. */
export interface Operations {
  setToken(token: string | undefined): void;
  register(body: Schemas['Registration']): Promise<Schemas['Account']>;
  login(body: Schemas['Login']): Promise<Schemas['Tokens']>;
  listProperties(query: ListQuery): Promise<Page>;
  /** Where the client has its own way to get all pages. */
  allPages?(query: ListQuery): Promise<Page[]>;
  getFacets(query: Pick<ListQuery, 'city' | 'propertyType'>): Promise<Schemas['Facets']>;
  like(id: number): Promise<Schemas['Like']>;
  unlike(id: number): Promise<void>;
  lookUpLikes(propertyId: number[]): Promise<Schemas['LikeLookup']>;
  listRanking(query: { by: 'likes'; window: '30d'; limit: number }): Promise<Schemas['RankingPage']>;
  exportRanking(query: { city: string[] }): Promise<string>;
  createProperty(body: Schemas['NewProperty']): Promise<Schemas['Property']>;
  getProperty(id: number): Promise<{ property: Schemas['Property']; etag: string | null }>;
  updateProperty(id: number, patch: Schemas['PropertyPatch'], etag: string): Promise<Schemas['Property']>;
}

/** The problem that the client read from the answer. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.status} ${problem.type}: ${problem.detail}`);
  }
}

export interface Step {
  title: string;
  error?: unknown;
}

export async function runSession(service: Operations, name: string): Promise<Step[]> {
  const steps: Step[] = [];
  const step = async (title: string, work: () => Promise<void>): Promise<void> => {
    steps.push(
      await work().then(
        () => ({ title }),
        (error: unknown) => ({ title, error }),
      ),
    );
  };

  const username = `${name}-${Date.now().toString(36)}`;
  const password = 'tres-casas-azules';
  const query: ListQuery = { city: ['bogota', 'MEDELLÍN'], propertyType: ['house'], limit: 100 };
  const ids: number[] = [];

  await step('registers', async () => {
    const account = await service.register({ username, email: `${username}@example.com`, password });
    equal([account.username, account.isStaff], [username, false]);
  });
  await step('reads a 409 with its type', () =>
    refused(() => service.register({ username, email: `${username}@example.org`, password }), {
      status: 409,
      type: 'urn:problem:username-taken',
    }),
  );
  await step('reads a 401 with its type', () =>
    refused(() => service.lookUpLikes([1]), { status: 401, type: 'urn:problem:not-signed-in' }),
  );
  await step('signs in', async () => {
    const { accessToken } = await service.login({ username, password });
    service.setToken(accessToken);
  });
  await step('reads all pages of two cities', async () => {
    const pages = await (service.allPages?.(query) ?? allPages(service, query));
    const { page } = await service.listProperties({ ...query, count: true });
    const items = pages.flatMap(({ items }) => items);
    ids.push(...new Set(items.map(({ id }) => id)));
    equal([ids.length, items.length, pages.length > 1], [page.total, page.total, true]);
    equal([...new Set(items.map(({ city }) => withoutAccents(city)))].toSorted(), ['bogota', 'medellin']);
  });
  await step('counts facets', async () => {
    const { total, facets } = await service.getFacets({ city: query.city, propertyType: query.propertyType });
    equal(total, ids.length);
    equal(facets.propertyType.find(({ value }) => value === 'house')?.count, ids.length);
  });
  await step('likes, looks up, unlikes', async () => {
    const [first = 0, second = 0] = ids;
    equal((await service.like(first)).liked, true);
    equal((await service.lookUpLikes([first, second])).liked, [first]);
    await service.unlike(first);
    equal((await service.lookUpLikes([first, second])).liked, []);
  });
  await step('reads a 404 with its type', () =>
    refused(() => service.like(2 ** 40), { status: 404, type: 'urn:problem:property-not-found' }),
  );
  await step('reads a 400 with the field', () =>
    refused(() => service.listProperties({ ...query, limit: 1_000 }), {
      status: 400,
      type: 'urn:problem:invalid-parameters',
      field: 'limit',
    }),
  );
  await step('reads a 403 with its type', () =>
    refused(() => service.listRanking({ by: 'likes', window: '30d', limit: 5 }), {
      status: 403,
      type: 'urn:problem:not-staff',
    }),
  );
  await step('signs in as staff', async () => {
    const staff = await service.login({ username: 'staff', password: 'siete-puertas-verdes' });
    service.setToken(staff.accessToken);
  });
  await step('reads the ranking', async () => {
    const { items } = await service.listRanking({ by: 'likes', window: '30d', limit: 5 });
    equal(
      items.map(({ rank }) => rank),
      [1, 2, 3, 4, 5],
    );
  });
  await step('exports the ranking as CSV', async () => {
    const lines = (await service.exportRanking({ city: ['cartagena'] })).trim().split('\r\n');
    equal([lines[0]?.startsWith('rank,propertyId,score,'), lines.length > 1], [true, true]);
  });
  await step('changes a property with If-Match: 200, then 412', async () => {
    // A status that is not public: lists and counts stay as they are.
    const created = { address: 'Calle 5 # 6-7', city: 'Pasto', price: 210_000_000, status: 'comprado' };
    const { id } = await service.createProperty(created);
    const { property, etag } = await service.getProperty(id);
    equal([property.price, property.availability], [210_000_000, null]);
    const changed = await service.updateProperty(id, { price: 205_000_000, bedrooms: 3 }, etag ?? '');
    equal([changed.price, changed.bedrooms], [205_000_000, 3]);
    await refused(() => service.updateProperty(id, { price: 190_000_000 }, etag ?? ''), {
      status: 412,
      type: 'urn:problem:property-has-changed',
    });
  });
  return steps;
}

async function allPages(service: Operations, query: ListQuery): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await service.listProperties(cursor ? { ...query, cursor } : query);
    pages.push(page);
    cursor = page.page.nextCursor;
  } while (cursor);
  return pages;
}

async function refused(
  call: () => Promise<unknown>,
  expected: { status: number; type: Problem['type']; field?: string },
): Promise<void> {
  const error = await call().then(
    () => new Error('was not refused'),
    (error: unknown) => error,
  );
  if (!(error instanceof Refused)) throw error;
  const { status, type, errors } = error.problem;
  equal({ status, type, field: errors?.[0]?.field }, expected);
}

const withoutAccents = (text: string | null) =>
  text?.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

function equal(actual: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`is ${is}, should be ${should}`);
}
