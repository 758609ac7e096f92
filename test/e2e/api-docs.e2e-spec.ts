import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { openApiDocument } from '../../src/openapi.js';
import { addUsers } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { type Answer, ask } from '../support/client.js';
import { app, database, useApp } from '../support/suite.js';

useApp();

interface Document {
  paths: Record<
    string,
    { post: { requestBody: { content: Record<string, { examples?: Record<string, { value: object }> }> } } }
  >;
}

const examplesOf = ({ body }: Answer, path: string) =>
  Object.values(
    (body as Document).paths[path]!.post.requestBody.content['application/json']!.examples ?? {},
  ).map(({ value }) => value);

const DEMO = { username: 'demo', password: 'tres-casas-azules' };
const STAFF = { username: 'staff', password: 'siete-puertas-verdes' };

describe('the served document', () => {
  it('has an ETag for JSON and YAML, and YAML has its own media type', async () => {
    for (const [path, type] of [
      ['/openapi.json', 'application/json; charset=utf-8'],
      ['/openapi.yaml', 'application/yaml'],
    ] as const) {
      const { headers } = await ask(app, path);
      expect([headers['content-type'], headers['cache-control']]).toEqual([type, 'public, no-cache']);
      const again = await ask(app, path, { headers: { 'if-none-match': headers['etag']! } });
      expect([path, again.status, again.text]).toEqual([path, 304, '']);
    }
    expect(load((await ask(app, '/openapi.yaml')).text)).toEqual((await ask(app, '/openapi.json')).body);
  });

  it('names the demo accounts that the database has, with DEMO_DATA=true alone', async () => {
    const served = async (demoData: boolean): Promise<Answer> => {
      const other = await startApp({ ...database.config, demoData });
      try {
        return await ask(other, '/openapi.json');
      } finally {
        await other.close();
      }
    };
    expect(examplesOf(await served(true), '/v1/auth/login')).toEqual([]);
    await addUsers(database, ['demo']);
    expect(examplesOf(await served(true), '/v1/auth/login')).toEqual([DEMO]);
    await addUsers(database, ['staff'], { isStaff: true });
    for (const path of ['/v1/auth/login', '/v1/auth/session'])
      expect(examplesOf(await served(true), path)).toEqual([DEMO, STAFF]);
    expect((await served(false)).body).toEqual(JSON.parse(JSON.stringify(openApiDocument(app))));
  });
});
