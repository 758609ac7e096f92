import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { brotliDecompressSync, createGunzip, gunzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, StreamableFile } from '@nestjs/common';
import { Public } from '../../src/accounts/access.decorators.js';
import { addProperties } from '../support/factories.js';
import { needsOwnApp } from '../support/outside.js';
import { app, database, useApp } from '../support/suite.js';
import { until } from '../support/until.js';

const LINE = 'a line of a file that has no end';
// Larger than the socket buffers, even when compressed.
const ENOUGH_LINES = 5_000_000;

/** A test download. It counts the bytes it produces, can fail, and records when it was closed. */
const file = { lines: 0, failsAfter: Infinity, isOpen: false };
function* lines(): Generator<string> {
  file.isOpen = true;
  try {
    for (; file.lines < ENOUGH_LINES; file.lines++) {
      if (file.lines === file.failsAfter) throw new Error('the database has gone');
      yield `${file.lines} ${LINE}\r\n`;
    }
  } finally {
    file.isOpen = false;
  }
}

@Public()
@Controller('v1/probe.csv')
class FileController {
  @Get()
  read(): StreamableFile {
    return new StreamableFile(Readable.from(lines()), { type: 'text/csv; charset=utf-8' });
  }
}

useApp({ controllers: [FileController] });

beforeAll(async () => {
  await addProperties(
    database,
    Array.from({ length: 120 }, () => ({ description: 'Amplio apartamento con vista al parque' })),
  );
  await app.listen(0, '127.0.0.1');
});
beforeEach(() => void Object.assign(file, { lines: 0, failsAfter: Infinity }));

async function get(url: string, accepted?: string, headers: Record<string, string> = {}, method = 'GET') {
  if (url.startsWith('/openapi')) needsOwnApp('a document that no proxy serves');
  const answer = await app.inject({
    method: method as 'GET',
    url,
    headers: { ...headers, ...(accepted !== undefined && { 'accept-encoding': accepted }) },
  });
  const encoding = answer.headers['content-encoding'];
  const bytes = answer.rawPayload;
  const content =
    bytes.length === 0
      ? bytes
      : encoding === 'gzip'
        ? gunzipSync(bytes)
        : encoding === 'br'
          ? brotliDecompressSync(bytes)
          : bytes;
  return { status: answer.statusCode, headers: answer.headers, encoding, bytes, text: content.toString() };
}

const LIST = '/v1/properties';
const FAULTS = `/v1/properties?${Array.from({ length: 20 }, (_, i) => `unknown${i}=1`).join('&')}`;

describe('an answer over 1 KB', () => {
  it.each([
    ['a list', LIST],
    ['a list in more bytes than are compressed at once', `${LIST}?limit=100`],
    ['a problem', FAULTS],
    ['the OpenAPI document', '/openapi.json'],
    ['the OpenAPI document as YAML', '/openapi.yaml'],
    ['a script of Swagger UI', '/docs/swagger-ui-bundle.js'],
    ['the metrics', '/metrics'],
  ])('%s has the same body in gzip, in brotli and uncompressed, with Vary', async (_, url) => {
    const plain = await get(url);
    expect([plain.encoding, plain.bytes.length > 1024]).toEqual([undefined, true]);
    for (const encoding of ['gzip', 'br']) {
      const packed = await get(url, encoding);
      expect([url, packed.status, packed.encoding]).toEqual([url, plain.status, encoding]);
      expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2);
      expect(packed.headers['content-length']).toBe(String(packed.bytes.length));
      expect(packed.headers['etag']).toBe(plain.headers['etag']);
      expect(packed.headers['content-type']).toBe(plain.headers['content-type']);
      // The metrics keep counting.
      if (url !== '/metrics' && url !== FAULTS) expect(packed.text).toBe(plain.text);
      for (const { headers } of [plain, packed]) expect(headers['vary']).toMatch(/accept-encoding/i);
    }
  });

  it('the files of the ranking page are served as the build compressed them', async () => {
    const page = await get('/ranking', 'gzip');
    const [relative] = /ranking\/assets\/[^"]+\.js/.exec(page.text)!;
    const script = `/${relative}`;
    const plain = await get(script);
    const packed = await get(script, 'gzip, deflate, br');
    expect([packed.encoding, packed.text]).toEqual(['br', plain.text]);
    for (const { headers } of [plain, packed]) expect(headers['vary']).toMatch(/accept-encoding/i);
  });

  it('HEAD has the headers of GET', async () => {
    for (const url of [LIST, `${LIST}?limit=100`, '/openapi.json'])
      for (const accepted of ['gzip', 'br', 'identity']) {
        const head = await get(url, accepted, {}, 'HEAD');
        const { headers } = await get(url, accepted);
        expect([url, accepted, head.bytes.length]).toEqual([url, accepted, 0]);
        for (const name of ['content-encoding', 'content-length', 'content-type', 'etag', 'vary'])
          expect([url, accepted, name, head.headers[name]]).toEqual([url, accepted, name, headers[name]]);
      }
  });

  it('304 for a cached copy in any encoding, without a body and with the same ETag', async () => {
    for (const url of [LIST, `${LIST}?limit=100`, '/openapi.json', '/docs', '/docs/swagger-ui.css']) {
      const etag = String((await get(url, 'gzip')).headers['etag']);
      for (const accepted of ['gzip', 'br', 'identity'])
        for (const method of ['GET', 'HEAD']) {
          const answer = await get(url, accepted, { 'if-none-match': etag }, method);
          expect([url, accepted, answer.status, answer.bytes.length]).toEqual([url, accepted, 304, 0]);
          expect([answer.headers['etag'], answer.encoding]).toEqual([etag, undefined]);
          expect(answer.headers['vary']).toMatch(/accept-encoding/i);
        }
    }
  });
});

it('an answer under 1 KB is sent uncompressed, with Vary', async () => {
  for (const url of [`${LIST}/1`, '/health/ready', '/v1/nothing']) {
    const { bytes, encoding, headers } = await get(url, 'gzip, br');
    expect([url, bytes.length < 1024, encoding]).toEqual([url, true, undefined]);
    expect(headers['vary']).toMatch(/accept-encoding/i);
  }
});

it.each([
  [undefined, undefined],
  ['', undefined],
  ['identity', undefined],
  ['deflate, zstd', undefined],
  ['gzip;q=0', undefined],
  ['gzip;q=0.0, br;q=0', undefined],
  ['*;q=0', undefined],
  ['identity, gzip;q=0.5', undefined],
  ['gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['gzip, deflate, br, zstd', 'gzip'],
  ['br, gzip', 'gzip'],
  ['br, gzip;q=0.9', 'br'],
  ['br', 'br'],
  ['*', 'gzip'],
  ['gzip;q=0, *', 'br'],
  ['br;q=0.1, identity;q=0', 'br'],
])('Accept-Encoding %j gets a list with the encoding %j', async (accepted, encoding) => {
  expect((await get(LIST, accepted)).encoding).toBe(encoding);
});

it('a caller that accepts both encodings gets brotli for a precompressed body', async () => {
  expect((await get('/openapi.json', 'gzip, deflate, br, zstd')).encoding).toBe('br');
  expect((await get('/openapi.json', 'gzip, br;q=0.5')).encoding).toBe('gzip');
});

describe('a download', () => {
  async function open(accepted: string): Promise<IncomingMessage> {
    const { port } = app.getHttpServer().address() as { port: number };
    const sent = request({ port, path: '/v1/probe.csv', headers: { 'accept-encoding': accepted } }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    // Some tests cut the download off.
    return answer.on('error', () => {});
  }

  it.each(['gzip', 'identity'])(
    'in %s is streamed, and not produced faster than the caller reads it',
    async (accepted) => {
      const answer = await open(accepted);
      expect(answer.headers['content-encoding']).toBe(accepted === 'gzip' ? 'gzip' : undefined);
      await once(answer, 'readable');
      // The download has begun and waits for the reader.
      expect(file.isOpen).toBe(true);
      let before = -1;
      await until(async () => {
        const stands = before === file.lines;
        before = file.lines;
        return stands;
      });
      expect(file.lines).toBeLessThan(ENOUGH_LINES);
      answer.destroy();
      await until(async () => !file.isOpen);
    },
  );

  it('in gzip is complete', async () => {
    file.lines = ENOUGH_LINES - 10_000;
    let text = '';
    for await (const chunk of (await open('gzip')).pipe(createGunzip())) text += String(chunk);
    expect(text.split('\r\n').length).toBe(10_001);
    expect(text.endsWith(`${ENOUGH_LINES - 1} ${LINE}\r\n`)).toBe(true);
  });

  it('in gzip is cut off if it fails midway', async () => {
    file.failsAfter = 50_000;
    const answer = (await open('gzip')).resume();
    await new Promise((resolve) => answer.once('close', resolve));
    expect(answer.complete).toBe(false);
  });

  it('in gzip answers a readable problem if it fails before its first byte', async () => {
    file.failsAfter = 0;
    const answer = await get('/v1/probe.csv', 'gzip');
    expect([answer.status, answer.encoding]).toEqual([500, undefined]);
    expect(JSON.parse(answer.text)).toMatchObject({ type: 'urn:problem:internal-error' });
  });

  it('HEAD has the encoding header and reads no data', async () => {
    file.lines = ENOUGH_LINES - 10;
    const { encoding, bytes } = await get('/v1/probe.csv', 'gzip', {}, 'HEAD');
    expect([encoding, bytes.length]).toEqual(['gzip', 0]);
  });
});
