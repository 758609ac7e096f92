import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Post } from '@nestjs/common';
import { Public } from '../../src/accounts/access.decorators.js';
import { IntField, ObjectField, TextField } from '../../src/http/fields.js';
import { VERSION } from '../../src/config/version.js';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { startApp } from '../support/app.js';
import { ask, nextOf } from '../support/client.js';
import { addProperties } from '../support/factories.js';
import { BASE_URL, needsOwnApp } from '../support/outside.js';
import { app, database, useApp } from '../support/suite.js';

class Inner {
  @IntField({ min: 0, max: 9, required: true })
  depth: number;
}
class ProbeBody {
  @TextField({ maxLength: 100, required: true })
  name: string;

  @ObjectField(Inner, { required: true })
  inner: Inner;
}

// A body with a nested object, and an unexpected error.
@Public()
@Controller('v1/probe')
class ProbeController {
  @Post()
  take(@Body() body: ProbeBody): ProbeBody {
    return body;
  }

  @Get()
  fail(): never {
    throw new Error('select secret from nowhere');
  }

  @Post('slow')
  slow(): Promise<void> {
    return pause(300);
  }

  @Post('endless')
  endless(): Promise<never> {
    return new Promise(() => {});
  }
}

const lines: string[] = [];

useApp({
  settings: BASE_URL === undefined ? { corsOrigins: ['https://habi.co'] } : {},
  controllers: [ProbeController],
  log: (line) => lines.push(line),
});
beforeAll(async () => {
  await addProperties(database, [{}, {}]);
  await app.listen(0, '127.0.0.1');
});

const post = (payload: string, contentType = 'application/json') =>
  ask(app, '/v1/probe', { method: 'POST', payload, headers: { 'content-type': contentType } });

/** Posts over a real connection: that of `inject` does not close a request whose body was read. */
const statusOf = async (path: string): Promise<number> => {
  const body = '{"name":"a","inner":{"depth":1}}';
  const headers = { 'content-type': 'application/json' };
  return (await fetch((await app.getUrl()) + path, { method: 'POST', headers, body })).status;
};

describe('Vary', () => {
  it('names Origin and Authorization when the answer depends on both', async () => {
    needsOwnApp('CORS_ORIGINS');
    const { headers } = await ask(app, '/v1/properties/1/likes', { headers: { origin: 'https://habi.co' } });
    expect(headers.vary).toMatch(/Origin/);
    expect(headers.vary).toMatch(/Authorization/);
  });
});

describe('parameters', () => {
  it.each([
    ['minPrice=1e3', 'minPrice'],
    ['minPrice=0x10', 'minPrice'],
    ['minPrice=%2B5', 'minPrice'],
    ['minPrice=', 'minPrice'],
    ['minPrice=%205', 'minPrice'],
    ['minPrice=5.5', 'minPrice'],
    ['minPrice=-1', 'minPrice'],
    ['minPrice=NaN', 'minPrice'],
    ['minPrice=9007199254740992', 'minPrice'],
    ['minPrice=1&minPrice=2', 'minPrice'],
    ['minArea=1e2', 'minArea'],
    ['minArea=.5', 'minArea'],
    ['minArea=Infinity', 'minArea'],
    ['minYear=2147483648', 'minYear'],
    ['stratum=7', 'stratum'],
    ['stratum=1,2', 'stratum'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=2&limit=2', 'limit'],
    ['sort=id', 'sort'],
    ['sort=price&sort=year', 'sort'],
    ['count=1', 'count'],
    ['count=', 'count'],
    ['status=comprado', 'status'],
    ['status=en_venta,vendido', 'status'],
    ['status=', 'status'],
    ['availability=hidden', 'availability'],
    ['propertyType=castle', 'propertyType'],
    ['city=', 'city'],
    ['city=%20%20', 'city'],
    ['city=a&city=', 'city'],
    ['foo=1', 'foo'],
    ['__proto__=1', '__proto__'],
    ['constructor=1', 'constructor'],
    ['toString=1', 'toString'],
    ['city[]=a', 'city[]'],
    ['City=a', 'City'],
    ['=1', ''],
    ['cursor=', 'cursor'],
    ['hasOwnProperty=1', 'hasOwnProperty'],
    // Parameters of a later release are unknown today.
    ['q=', 'q'],
    ['q=%23%20-', 'q'],
    ['q=a&q=b', 'q'],
    ['sort=relevance', 'sort'],
    ['sort=distance', 'sort'],
    ['sort=distance&sort=price', 'sort'],
    ['sort=constructor', 'sort'],
    ['radius=100', 'radius'],
    ['near=4.6,-74&radius=50000.1', 'radius'],
    ['near=4.6,-74&radius=-1', 'radius'],
    ['near=4.6', 'near'],
    ['near=4.6,-74,1', 'near'],
    ['near=4.6,%20-74', 'near'],
    ['near=91,0', 'near'],
    ['near=0,180.1', 'near'],
    ['near=1e1,0', 'near'],
    ['near=,', 'near'],
    ['near=1,1&near=2,2', 'near'],
    ['bbox=-74,4,-75,5', 'bbox'],
    ['bbox=-75,5,-74,4', 'bbox'],
    ['bbox=-75,4,-74', 'bbox'],
    ['bbox=-181,4,-74,5', 'bbox'],
    ['bbox=a,b,c,d', 'bbox'],
    ['bbox=-75,4,-74,5&bbox=-75,4,-74,5', 'bbox'],
  ])('400 for ?%s names the parameter', async (query, field) => {
    const { status, headers, body } = await ask(app, `/v1/properties?${query}`);
    expect([status, headers['content-type']]).toEqual([400, 'application/problem+json; charset=utf-8']);
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0].field).toBe(field);
  });

  it('400 reports all errors of a request at once, each field once, with the allowed values', async () => {
    const { body } = await ask(
      app,
      '/v1/properties?status=comprando&minPrice=x&limit=1000&foo=1&sort=up&__proto__=1',
    );
    expect(body).toMatchObject({
      type: 'urn:problem:invalid-parameters',
      title: 'Bad Request',
      status: 400,
      instance: '/v1/properties',
    });
    const faults = new Map(
      body.errors.map(({ field, message }: { field: string; message: string }) => [field, message]),
    );
    expect(faults).toEqual(
      new Map([
        ['status', 'must be one of pre_venta, en_venta, vendido'],
        ['minPrice', 'must be a whole number from 0 to 9007199254740991'],
        ['limit', 'must be a whole number from 1 to 100'],
        [
          'sort',
          'must be one of newest, price, -price, year, -year, area, -area, popular, -priceDrop, distance, relevance',
        ],
        ['foo', 'is not a parameter of this operation'],
        ['__proto__', 'is not a parameter of this operation'],
      ]),
    );
  });

  it('400 stays small, and repeats are bounded as documented', async () => {
    const many = Array.from({ length: 2000 }, (_, i) => `u${i}=1`).join('&');
    expect((await ask(app, `/v1/properties?${many}`)).body.errors).toHaveLength(100);
    for (const name of ['stratum=1', 'city=a', 'status=vendido']) {
      const query = Array.from({ length: 51 }, () => name).join('&');
      const { body } = await ask(app, `/v1/properties?${query}`);
      expect(body.errors).toEqual([{ field: name.split('=')[0], message: 'may be given up to 50 times' }]);
    }
  });

  it.each(['/v1/properties/%zz', '/v1/properties?city=%zz', '/v1/properties?city=%ff'])(
    '400 for the malformed address %s',
    async (url) => {
      const { status, body } = await ask(app, url);
      expect([status, body.status]).toEqual([400, 400]);
    },
  );
});

describe('another spelling of a URL', () => {
  it.each(['/%76%31/properties', '/v1/%70roperties', 'http://localhost/v1/properties'])(
    '%s is the same resource',
    async (url) => {
      const limited = await startApp({ ...database.config, rateLimitPerMinute: 2 });
      try {
        expect((await ask(limited, url, { headers: { accept: 'text/html' } })).status).toBe(406);
        const answer = await ask(limited, url);
        expect([answer.status, answer.headers['ratelimit']?.slice(0, 13)]).toEqual([200, '"default";r=0']);
        expect(answer.headers['etag']).toBeDefined();
        expect((await ask(limited, url)).status).toBe(429);
      } finally {
        await limited.close();
      }
    },
  );

  it('a second ? belongs to the value, in the link too', async () => {
    const url = '/v1/properties?city=bogota&city=what?&sort=price&limit=1';
    const next = nextOf(url, await ask(app, url));
    expect((await ask(app, next!)).body.page.limit).toBe(1);
  });
});

describe('requests that Fastify and Nest refuse', () => {
  it('404 for an unknown path', async () => {
    const { status, body } = await ask(app, '/v1/nothing', { method: 'POST' });
    expect([status, body.type, body.detail]).toEqual([
      404,
      'urn:problem:not-found',
      'There is nothing at this address.',
    ]);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    '405 with Allow for %s on a known path',
    async (method) => {
      for (const [url, allow] of [
        ['/v1/properties', 'GET, HEAD, POST'],
        ['/v1/properties/1', 'GET, HEAD, PATCH'],
        ['/v1/properties/1/status-history', 'GET, HEAD'],
        ['/health/live', 'GET, HEAD'],
        ['/docs', 'GET, HEAD'],
        ['/openapi.json', 'GET, HEAD'],
      ] as const) {
        if (allow.includes(method)) continue;
        const { status, headers, body } = await ask(app, url, {
          method,
          payload: '{',
          headers: { 'content-type': 'application/json' },
        });
        expect([url, status, headers['allow'], body.type]).toEqual([
          url,
          405,
          allow,
          'urn:problem:method-not-allowed',
        ]);
      }
    },
  );

  it('406 when no JSON is acceptable, and only then', async () => {
    const statusFor = async (accept: string): Promise<number> =>
      (await ask(app, '/v1/properties', { headers: { accept } })).status;
    for (const accept of [
      'text/html',
      'application/json;q=0',
      'image/*',
      'application/xml, text/csv',
      'application/problem+json',
      'application/json;q=0, */*',
    ])
      expect([accept, await statusFor(accept)]).toEqual([accept, 406]);
    for (const accept of [
      '*/*',
      'application/*',
      'text/html, */*;q=0.1',
      'application/json; charset=utf-8',
      '',
    ])
      expect([accept, await statusFor(accept)]).toEqual([accept, 200]);
  });

  it('413 for a body over 1 MB, 415 for another type, 400 for malformed JSON', async () => {
    const big = await post(JSON.stringify({ name: 'x'.repeat(1024 * 1024) }));
    expect([big.status, big.body.type]).toEqual([413, 'urn:problem:body-too-large']);
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/xml',
      'multipart/form-data',
    ]) {
      const other = await post('name=x', type);
      expect([type, other.status, other.body.type]).toEqual([
        type,
        415,
        'urn:problem:unsupported-media-type',
      ]);
    }
    for (const text of ['{', '', '{"a":1}}', "{'a':1}", '{"__proto__":{"a":1}}']) {
      const broken = await post(text);
      expect([text, broken.status, broken.body?.title]).toEqual([text, 400, 'Bad Request']);
    }
  });

  it('shortens the names of unknown fields and parameters', async () => {
    const name = 'ñ'.repeat(5_000);
    const { body } = await post(`{"name":"a","${name}":1}`);
    const fault = body.errors.find(({ field }: { field: string }) => field.startsWith('ñ'));
    expect(fault.field).toBe(`${name.slice(0, 199)}…`);
    const refused = await ask(app, `/v1/properties?${'n'.repeat(5_000)}=1`);
    expect(refused.body.errors[0].field).toHaveLength(200);
  });

  it('422 for a well-formed body that breaks a rule or has an unknown field, all at once', async () => {
    const { status, body } = await post('{"name":1,"inner":{"depth":"x"},"isStaff":true}');
    expect([status, body.type]).toEqual([422, 'urn:problem:invalid-body']);
    expect(body.errors.map((fault: { field: string }) => fault.field).toSorted()).toEqual([
      'inner.depth',
      'isStaff',
      'name',
    ]);
  });

  it('500 hides the cause; the log has it with the request id', async () => {
    const { status, body, text } = await ask(app, '/v1/probe');
    expect([status, body.type]).toEqual([500, 'urn:problem:internal-error']);
    expect(text).not.toMatch(/secret|select|stack|Error:/);
    const line = lines
      .map((entry) => JSON.parse(entry) as { level: string; requestId?: string; err?: { message: string } })
      .find(({ requestId, err }) => requestId === body.requestId && err);
    expect(line).toMatchObject({ level: 'error', err: { message: 'select secret from nowhere' } });
  });

  it('503 for a request with a body that takes too long', async () => {
    expect(await statusOf('/v1/probe/endless')).toBe(503);
  });

  it('201 for each of many requests with a body at once, also those that wait for their turn', async () => {
    const statuses = await Promise.all(Array.from({ length: 60 }, () => statusOf('/v1/probe/slow')));
    expect(statuses).toEqual(Array<number>(60).fill(201));
  });

  it('400 for malformed HTTP and 431 for too large headers, both as problems', async () => {
    expect(await raw('NONSENSE\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\n[^]*application\/problem\+json[^]*urn:problem:malformed-request/,
    );
    expect(await raw('GET /v1/properties HTTP/1.1\r\nExpect: foo\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 (200|417)/,
    );
    expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 [^]*urn:problem:headers-too-large/,
    );
  });
});

describe('conditional requests', () => {
  const conditional = (etag: string) => ask(app, '/v1/properties', { headers: { 'if-none-match': etag } });

  it('304 without a body for a list of ETags, a weak ETag and *', async () => {
    const { headers } = await ask(app, '/v1/properties');
    const etag = headers['etag']!;
    for (const given of [etag, `W/${etag}`, `"a", ${etag}`, `W/"b" , W/${etag}`, '*']) {
      const answer = await conditional(given);
      expect([given, answer.status, answer.text, answer.headers['etag']]).toEqual([given, 304, '', etag]);
    }
    for (const given of ['"other"', etag.slice(1, -1), `"x${etag.slice(1)}`])
      expect([given, (await conditional(given)).status]).toEqual([given, 200]);
  });

  it('304 for any Cache-Control of the caller, and for HEAD', async () => {
    for (const url of ['/v1/properties', '/v1/properties/1', '/v1/properties/1/status-history']) {
      const { headers } = await ask(app, url);
      const given = { 'if-none-match': headers['etag']!, 'cache-control': 'no-cache' };
      expect([url, (await ask(app, url, { headers: given })).status]).toEqual([url, 304]);
      for (const tag of [headers['etag']!, '*']) {
        const head = await ask(app, url, { method: 'HEAD', headers: { 'if-none-match': tag } });
        expect([url, head.status, head.text, head.headers['etag']]).toEqual([url, 304, '', headers['etag']]);
      }
    }
  });

  it('HEAD has the headers of GET and no body', async () => {
    const get = await ask(app, '/v1/properties');
    const head = await ask(app, '/v1/properties', { method: 'HEAD' });
    expect([head.status, head.text, head.headers['etag'], head.headers['content-length']]).toEqual([
      200,
      '',
      get.headers['etag'],
      get.headers['content-length'],
    ]);
  });

  it('errors have Cache-Control: no-store', async () => {
    const { headers } = await ask(app, '/v1/properties/999999');
    expect([headers['cache-control'], headers['etag']]).toEqual(['no-store', undefined]);
  });
});

describe('request ids', () => {
  it('a safe request id of the caller appears in the answer, the problem and the log', async () => {
    const id = `a-Z_0.9:~+/=${'x'.repeat(100)}`;
    const { headers, body } = await ask(app, '/v1/properties/0', { headers: { 'x-request-id': id } });
    expect([headers['x-request-id'], body.requestId]).toEqual([id, id]);
    needsOwnApp('the log');
    expect(lines.some((line) => (JSON.parse(line) as { requestId?: string }).requestId === id)).toBe(true);
  });

  it.each(['', 'a b', 'x'.repeat(129), 'ñ', '"', 'a,b'])(
    'the service generates one instead of %p',
    async (id) => {
      const { headers } = await ask(app, '/v1/properties', { headers: { 'x-request-id': id } });
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it('the log omits the values of a failed statement', async () => {
    const broken = { externalRef: 'x'.repeat(500), city: 'Secretville', history: [] };
    const error = await app
      .get(ListingsService)
      .save([broken])
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({ errno: 1406 });
    needsOwnApp('the log');
    const before = lines.length;
    (
      app.getHttpAdapter().getInstance() as unknown as { log: { error: (o: object, m: string) => void } }
    ).log.error({ err: error }, 'failed');
    const line = lines.slice(before).join('');
    expect(JSON.parse(line)).toMatchObject({ err: { errno: 1406, stack: expect.stringMatching(/^\s+at /) } });
    expect(line).not.toMatch(/Secretville|insert into|xxxx/);
  });

  it('the log has one line per request, without its query or caller', async () => {
    const id = 'one-line';
    await ask(app, '/v1/properties?city=Secretville', { headers: { 'x-request-id': id } });
    needsOwnApp('the log');
    const own = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ requestId }) => requestId === id);
    expect(own).toEqual([
      {
        level: 'info',
        time: expect.any(Number),
        version: VERSION,
        requestId: id,
        method: 'GET',
        route: '/v1/properties',
        status: 200,
        ms: expect.any(Number),
        callerKind: 'anonymous',
        msg: 'GET /v1/properties',
      },
    ]);
  });
});

describe('browsers', () => {
  it('pages of the configured origins may call the service and read its headers', async () => {
    needsOwnApp('CORS_ORIGINS');
    const allowed = await ask(app, '/v1/properties', { headers: { origin: 'https://habi.co' } });
    expect(allowed.headers['access-control-allow-origin']).toBe('https://habi.co');
    expect(allowed.headers['access-control-expose-headers']).toMatch(/ETag.*Link.*RateLimit.*X-Request-Id/);
    const preflight = await ask(app, '/v1/properties', {
      method: 'OPTIONS',
      headers: { origin: 'https://habi.co', 'access-control-request-method': 'GET' },
    });
    expect(preflight.status).toBe(204);
    const other = await ask(app, '/v1/properties', { headers: { origin: 'https://evil.example' } });
    expect(other.headers['access-control-allow-origin']).not.toBe('https://evil.example');
  });

  it('get security headers with every answer, including errors', async () => {
    for (const url of ['/v1/properties', '/v1/nothing', '/', '/docs', '/ranking', '/v1/properties/%zz']) {
      const { headers } = await ask(app, url);
      expect([url, headers['x-content-type-options'], headers['x-frame-options']]).toEqual([
        url,
        'nosniff',
        'DENY',
      ]);
      for (const directive of ['default-src', 'base-uri', 'form-action', 'frame-ancestors'])
        expect(headers['content-security-policy']).toContain(`${directive} 'none'`);
      expect(headers['content-security-policy']).not.toContain('unsafe');
    }
  });
});

describe('the general rate limit', () => {
  it('appears in every answer under /v1 and ends in a 429 with Retry-After, which is delayed', async () => {
    const limited = await startApp({ ...database.config, rateLimitPerMinute: 4 });
    try {
      const seen = [];
      for (const url of ['/v1/properties', '/v1/nothing', '/v1/properties/x', '/v1/properties']) {
        const { status, headers } = await ask(limited, url);
        expect(headers['ratelimit-policy']).toBe('"default";q=4;w=60');
        seen.push([status, headers['ratelimit']!.replace(/t=\d+/, 't=T')]);
      }
      expect(seen).toEqual([
        [200, '"default";r=3;t=T'],
        [404, '"default";r=2;t=T'],
        [400, '"default";r=1;t=T'],
        [200, '"default";r=0;t=T'],
      ]);
      const start = performance.now();
      const refused = await ask(limited, '/v1/properties');
      expect([refused.status, refused.body.type]).toEqual([429, 'urn:problem:too-many-requests']);
      // A caller that goes on at once does not take the processor from the others.
      expect(performance.now() - start).toBeGreaterThan(400);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect((await ask(limited, '/health/live')).status).toBe(200);
    } finally {
      await limited.close();
    }
  });
});

/** Sends these bytes and returns everything the server answers until it closes. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = app.getHttpServer().address() as { port: number };
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}
