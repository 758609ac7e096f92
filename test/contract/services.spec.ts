import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readFileSync } from 'node:fs';
import { type Service, SERVICES } from '../../src/config/config.js';
import { addUsers } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { resolved } from '../support/openapi.js';
import { database, useDatabase } from '../support/suite.js';

interface Document {
  info: { title: string };
  paths: Record<string, Record<string, { tags: string[] }>>;
  components: Record<string, Record<string, unknown>>;
  tags: { name: string }[];
}

const CONTRACT = readDocument();
const TAGS: Record<Service, string> = {
  accounts: 'Accounts',
  properties: 'Properties',
  likes: 'Likes',
  ranking: 'Ranking',
};

useDatabase();

const apps = {} as Record<Service, NestFastifyApplication>;
const documents = {} as Record<Service, Document>;

beforeAll(async () => {
  await addUsers(database, ['demo']);
  for (const service of SERVICES) {
    apps[service] = await startApp({ ...database.config, services: [service], demoData: true });
    documents[service] = (await ask(apps[service], '/openapi.json')).body as Document;
  }
});
afterAll(async () => {
  for (const app of Object.values(apps)) await app.close();
});

function readDocument(): Document {
  return JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as Document;
}

/** The document without references and examples: which of them are shared depends on the operations of the document. */
function comparable(document: Document): Document {
  const { paths } = resolved(document);
  const text = JSON.stringify({ paths }, (key, value: unknown) => (key === 'examples' ? undefined : value));
  return JSON.parse(text) as Document;
}

const operationsOf = ({ paths }: Document): { method: string; path: string; tag: string }[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { tags }]) => ({ method, path, tag: tags[0]! })),
  );

describe.each(SERVICES)('the service %s', (service) => {
  it('serves its own operations and those of operators; other paths are 404', async () => {
    for (const { method, path, tag } of operationsOf(CONTRACT)) {
      const { body } = await ask(apps[service], path.replaceAll('{id}', '1'), {
        method: method.toUpperCase(),
        headers: { accept: 'application/json' },
      });
      const isServed = [TAGS[service], 'Operations'].includes(tag);
      // 405: another method of the path is served.
      const isRefused = ['urn:problem:not-found', 'urn:problem:method-not-allowed'].includes(body?.type);
      expect([method, path, isRefused]).toEqual([method, path, !isServed]);
    }
  });

  it('has a document with its operations, and nothing that they do not use', () => {
    const document = documents[service];
    expect(document.info.title).toBe(`property-service: ${service}`);
    expect(document.tags.map(({ name }) => name)).toEqual([TAGS[service], 'Operations']);
    const tags = new Set(operationsOf(document).map(({ tag }) => tag));
    expect([...tags].toSorted()).toEqual([TAGS[service], 'Operations'].toSorted());
    const text = JSON.stringify(document);
    for (const [kind, components] of Object.entries(document.components))
      for (const name of Object.keys(components)) {
        const use = kind === 'securitySchemes' ? `"${name}":[]` : `"#/components/${kind}/${name}"`;
        expect([kind, name, text.includes(use)]).toEqual([kind, name, true]);
      }
  });

  it('has the metrics and the page of its own parts', async () => {
    const { text } = await ask(apps[service], '/metrics');
    const workers = ['catch_up_active', 'ranking_consumer_active'].filter((name) => text.includes(name));
    expect(workers).toEqual(
      { properties: ['catch_up_active'], ranking: ['ranking_consumer_active'] }[service as string] ?? [],
    );
    const { body } = await ask(apps[service], '/');
    expect(Object.keys(body.links)).toEqual(['docs', ...(service === 'ranking' ? ['ranking'] : []), 'ready']);
    expect((await ask(apps[service], '/ranking')).status).toBe(service === 'ranking' ? 200 : 404);
  });
});

describe('the documents of the services', () => {
  it('add up to the contract', () => {
    const parts = SERVICES.map((service) => comparable(documents[service]).paths);
    // Operations of operators are in each document.
    expect(Object.assign({}, ...parts)).toEqual(comparable(CONTRACT).paths);
    const own = SERVICES.flatMap((service) =>
      Object.keys(documents[service].paths).filter((path) => path.startsWith('/v1')),
    );
    expect(new Set(own).size).toBe(own.length);
  });

  it('of two services in one process is the sum of both', async () => {
    const app = await startApp({ ...database.config, services: ['properties', 'likes'] });
    const both = (await ask(app, '/openapi.json')).body as Document;
    await app.close();
    expect(both.info.title).toBe('property-service: properties, likes');
    expect(comparable(both).paths).toEqual({
      ...comparable(documents.properties).paths,
      ...comparable(documents.likes).paths,
    });
  });
});
