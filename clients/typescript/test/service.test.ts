// Against the service at BASE_URL, which has the demo accounts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, memoryStore } from '@property-service/client';

const baseUrl = process.env.BASE_URL;
const skip = baseUrl ? false : 'BASE_URL is not set';

test('the service renews outdated tokens once and forgets them after the sign-out', { skip }, async () => {
  const tokens = memoryStore();
  const client = createClient({ baseUrl: baseUrl ?? '', tokens });
  await client.signIn({ username: 'demo', password: 'tres-casas-azules' });
  const { refreshToken = '' } = (await tokens.load()) ?? {};
  await tokens.save({ accessToken: 'outdated', refreshToken });

  const accounts = await Promise.all(Array.from({ length: 8 }, () => client.get('/v1/me')));
  assert.deepEqual([...new Set(accounts.map(({ data }) => data.username))], ['demo']);
  const renewed = (await tokens.load()) ?? { accessToken: '', refreshToken: '' };
  assert.notEqual(renewed.refreshToken, refreshToken);

  await client.signOut();
  assert.equal(await tokens.load(), null);
  await tokens.save({ ...renewed, accessToken: 'outdated' });
  await assert.rejects(client.get('/v1/me'), { type: 'urn:problem:token-refused' });
  assert.equal(await tokens.load(), null);
});
