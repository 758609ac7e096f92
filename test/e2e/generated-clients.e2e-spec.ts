import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ask } from '../support/client.js';
import { addProperties } from '../support/factories.js';
import { create, patch, staff, useStaff, visitor } from '../support/staff.js';
import { app, database } from '../support/suite.js';

useStaff();

let ids: number[];

beforeAll(async () => {
  ids = await addProperties(database, [{ city: 'Tenjo' }, { city: 'Bogotá' }]);
  await app.listen(0, '127.0.0.1');
});

const TYPES = ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data', 'nonsense'];

/** Sends a request with these header lines and body over a real connection. @returns the status */
function raw(method: string, path: string, lines: string[], body = ''): Promise<number> {
  const head = [`${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...lines, '', ''].join('\r\n');
  return new Promise((resolve, reject) => {
    const { port } = app.getHttpServer().address() as { port: number };
    const socket = connect(port, '127.0.0.1', () => socket.write(head + body));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(Number(text.slice(9, 12))));
    socket.on('error', reject);
  });
}

describe('a Content-Type without a body', () => {
  const CHUNKED = 'Transfer-Encoding: chunked';
  const token = () => `Authorization: ${visitor.authorization}`;

  it.each(TYPES)('%s is ignored for PUT, DELETE and POST', async (type) => {
    const url = `/v1/properties/${ids[0]}/like`;
    for (const length of [[], ['Content-Length: 0']])
      for (const [method, statuses] of [
        ['PUT', [200, 201]],
        ['DELETE', [204]],
      ] as const) {
        const status = await raw(method, url, [token(), `Content-Type: ${type}`, ...length]);
        expect([method, statuses]).toEqual([method, expect.arrayContaining([status])]);
      }
    expect(
      await raw('POST', '/v1/auth/session/refresh', [`Content-Type: ${type}`, 'Content-Length: 0']),
    ).toBe(
      401, // there is no cookie
    );
    expect(await raw('GET', '/v1/properties', [`Content-Type: ${type}`])).toBe(200);
  });

  it('is ignored when an empty body is sent in chunks', async () => {
    const url = `/v1/properties/${ids[0]}/like`;
    for (const type of [...TYPES.slice(0, 3), 'application/json', 'application/merge-patch+json'])
      expect([
        type,
        await raw('DELETE', url, [token(), `Content-Type: ${type}`, CHUNKED], '0\r\n\r\n'),
      ]).toEqual([type, 204]);
    expect(await raw('DELETE', url, [token(), CHUNKED], '0\r\n\r\n')).toBe(204);
  });

  it('does not replace a body that is needed: 400', async () => {
    for (const type of [...TYPES, 'application/json'])
      for (const [method, url, authorization] of [
        ['POST', '/v1/auth/login', {}],
        ['PATCH', `/v1/properties/${ids[0]}`, staff],
      ] as const) {
        const { status, body } = await ask(app, url, {
          method,
          headers: { ...authorization, 'content-type': type },
        });
        expect([type, method, status, body.type, body.errors]).toEqual([
          type,
          method,
          400,
          'urn:problem:malformed-request',
          [{ field: 'body', message: 'is missing' }],
        ]);
      }
    expect((await ask(app, '/v1/auth/login', { method: 'POST' })).status).toBe(400);
  });

  it('415 for a body of another type, whole or in chunks, also where no body is needed', async () => {
    for (const type of TYPES)
      for (const [method, path] of [
        ['PUT', `/v1/properties/${ids[0]}/like`],
        ['POST', '/v1/auth/login'],
      ] as const) {
        const lines = [token(), `Content-Type: ${type}`];
        const whole = await raw(method, path, [...lines, 'Content-Length: 3'], 'a=b');
        const chunked = await raw(method, path, [...lines, CHUNKED], '3\r\na=b\r\n1\r\nc\r\n0\r\n\r\n');
        // The end of the body may never arrive.
        const endless = await raw(method, path, [...lines, CHUNKED], '3\r\na=b\r\n');
        expect([type, method, whole, chunked, endless]).toEqual([type, method, 415, 415, 415]);
      }
    expect(await raw('PUT', `/v1/properties/${ids[0]}/like`, [token(), 'Content-Length: 3'], 'a=b')).toBe(
      415,
    );
  });
});

describe('Accept: application/problem+json', () => {
  const problems = { accept: 'application/problem+json' };

  it('is no 406 where nothing is answered', async () => {
    const headers = { ...visitor, ...problems };
    const answer = await ask(app, `/v1/properties/${ids[0]}/like`, { method: 'DELETE', headers });
    expect([answer.status, answer.text]).toEqual([204, '']);
    const session = await ask(app, '/v1/auth/session', { method: 'DELETE', headers: problems });
    expect(session.status).toBe(204);
  });

  it('is no 406 where an error is answered', async () => {
    const statusOf = async (url: string, headers = {}): Promise<number> =>
      (await ask(app, url, { headers: { ...problems, ...headers } })).status;
    expect([
      await statusOf('/v1/properties/999999'),
      await statusOf('/v1/nothing'),
      await statusOf('/v1/properties?limit=x'),
      await statusOf('/v1/me'),
      await statusOf('/v1/ranking/properties.csv'),
      await statusOf('/v1/ranking/properties.csv', visitor),
      (await patch(ids[0]!, { price: -1 }, problems)).status,
      (await create({}, { ...problems, ...visitor })).status,
    ]).toEqual([404, 404, 400, 401, 401, 403, 422, 403]);
  });

  it('is a 406 in place of the content of a GET, without its headers', async () => {
    for (const url of ['/v1/properties?limit=1', `/v1/properties/${ids[0]}`, '/v1/ranking/properties.csv'])
      for (const method of ['GET', 'HEAD']) {
        await ask(app, url, { headers: staff }); // now it may come from the cache
        const { status, headers, text } = await ask(app, url, { method, headers: { ...staff, ...problems } });
        expect([url, status, headers['content-type']]).toEqual([
          url,
          406,
          'application/problem+json; charset=utf-8',
        ]);
        expect(text.includes('not-acceptable')).toBe(method === 'GET');
        for (const name of ['etag', 'link', 'content-disposition'])
          expect([name, headers[name]]).toEqual([name, undefined]);
      }
    for (const method of ['GET', 'HEAD'])
      expect((await ask(app, '/v1/properties?limit=1', { method, headers: problems })).status).toBe(406);
  });

  it('does not undo a write: it is answered as usual', async () => {
    const liked = await ask(app, `/v1/properties/${ids[1]}/like`, {
      method: 'PUT',
      headers: { ...visitor, ...problems },
    });
    expect([liked.status, liked.body.liked]).toEqual([201, true]);
  });

  it('other types are still a 406 before anything happens', async () => {
    const headers = { ...visitor, accept: 'text/html' };
    const url = `/v1/properties/${ids[1]}/like`;
    expect((await ask(app, url, { method: 'DELETE', headers })).status).toBe(406);
    expect((await ask(app, `${url}s`, { headers: visitor })).body.likedByMe).toBe(true);
  });
});

describe('a list in brackets', () => {
  it.each(['city[]=Tenjo', 'city%5B%5D=Tenjo', 'city[0]=Tenjo', 'city%5B0%5D=Tenjo&limit=1'])(
    '400 for ?%s says how to repeat the parameter',
    async (query) => {
      const { status, body } = await ask(app, `/v1/properties?${query}`);
      const field = decodeURIComponent(query).split('=', 1)[0];
      const message =
        'is not a parameter of this operation; repeat the name for several values: city=A&city=B';
      expect([status, body.errors]).toEqual([400, [{ field, message }]]);
    },
  );

  it('names the parameter when it takes one value, and nothing when there is none', async () => {
    const { body } = await ask(app, '/v1/properties?limit[]=1&x[]=1&__proto__[a]=1&[]=1');
    expect(body.errors).toEqual([
      { field: 'limit[]', message: 'is not a parameter of this operation; use limit' },
      ...['x[]', '__proto__[a]', '[]'].map((field) => ({
        field,
        message: 'is not a parameter of this operation',
      })),
    ]);
  });
});
