import { beforeAll } from '@jest/globals';
import { addUsers, signIn } from './accounts.js';
import { type Answer, ask } from './client.js';
import { app, database, useApp } from './suite.js';

type Headers = Record<string, string>;

/** From `useStaff`: two callers. */
export let staff: Headers;
export let visitor: Headers;
export let staffId: number;

/** Starts the app of the test file with a member of staff and another user. */
export function useStaff(): void {
  // Old databases have a status without a name.
  useApp({ prepare: () => database.run("insert into status (name, label) values ('', '')") });
  beforeAll(async () => {
    [staffId] = (await addUsers(database, ['ana'], { isStaff: true })) as [number];
    await addUsers(database, ['beto']);
    staff = await signIn(app, 'ana');
    visitor = await signIn(app, 'beto');
  });
}

export const send = (method: string, url: string, body: unknown, headers: Headers = {}): Promise<Answer> =>
  ask(app, url, {
    method,
    payload: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...staff, ...headers },
  });
export const create = (body: object, headers?: Headers) => send('POST', '/v1/properties', body, headers);
export const patch = (id: number, body: unknown, headers?: Headers) =>
  send('PATCH', `/v1/properties/${id}`, body, headers);
export const append = (id: number, body: object) => send('POST', `/v1/properties/${id}/status`, body);
export const shown = (id: number, headers: Headers = {}) => ask(app, `/v1/properties/${id}`, { headers });
export const faultsOf = ({ body }: Answer) => (body.errors as { field: string }[]).map(({ field }) => field);
