// Compiled, not run: what the types allow and what they refuse.
import { createClient, ProblemError } from '@property-service/client';

const client = createClient({ baseUrl: '' });

export async function accepted(): Promise<[number, string, string, true, undefined]> {
  const { data } = await client.get('/v1/properties/{id}', { params: { path: { id: 1 } } });
  const csv = await client.get('/v1/ranking/properties.csv', { parseAs: 'text' });
  const like = await client.put('/v1/properties/{id}/like', { params: { path: { id: 1 } } });
  const unlike = await client.delete('/v1/properties/{id}/like', { params: { path: { id: 1 } } });
  let likedAt = '';
  for await (const item of client.items('/v1/me/likes')) likedAt = item.likedAt;
  return [data.id, csv.data, likedAt, like.data.liked, unlike.data];
}

export async function refused(error: unknown): Promise<unknown> {
  // @ts-expect-error the path has a parameter
  await client.get('/v1/properties/{id}');
  // @ts-expect-error the operation has no such parameter
  await client.get('/v1/properties', { params: { query: { colour: 'red' } } });
  // @ts-expect-error there is no such path
  await client.get('/v1/homes');
  // @ts-expect-error the path has no such method
  await client.delete('/v1/properties');
  // @ts-expect-error the body lacks fields
  await client.post('/v1/auth/register', { body: { username: 'camila' } });
  // @ts-expect-error the list has no pages
  client.pages('/v1/places', { params: { query: { q: 'chap' } } });
  // @ts-expect-error a property may have no price
  (await client.get('/v1/properties')).data.items[0]?.price.toFixed();
  // @ts-expect-error there is no such problem
  ProblemError.is(error, 'urn:problem:not-a-member');
  // @ts-expect-error the type is another one
  if (ProblemError.is(error, 'urn:problem:not-staff')) return error.type === 'urn:problem:not-found';
}
