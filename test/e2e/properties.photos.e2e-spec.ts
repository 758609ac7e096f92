import { describe, expect, it } from '@jest/globals';
import { ask } from '../support/client.js';
import { create, faultsOf, patch, shown, useStaff } from '../support/staff.js';
import { app } from '../support/suite.js';

useStaff();

const photo = (n: number, caption: string | null = null) => ({
  url: `https://fotos.example.com/${n}.jpg`,
  caption,
});
const PROPERTY = {
  address: 'Calle 23 # 45-67',
  city: 'Fotópolis',
  propertyType: 'house',
  price: 420_000_000,
  status: 'en_venta',
  photos: [photo(1, 'Sala'), { url: photo(2).url }, photo(3, 'Patio "grande"')],
};

describe('photos of a property', () => {
  it('all are in the detail, in order, and the first one in lists', async () => {
    const { status, body } = await create(PROPERTY);
    const all = [photo(1, 'Sala'), photo(2), photo(3, 'Patio "grande"')];
    expect([status, body.photos]).toEqual([201, all]);
    expect((await shown(body.id as number)).body.photos).toEqual(all);
    const { body: other } = await create({ ...PROPERTY, photos: null });
    expect(other.photos).toEqual([]);
    const list = await ask(app, '/v1/properties?city=fotopolis&sort=price');
    expect(list.body.items.map(({ photos }: { photos: object[] }) => photos)).toEqual([[all[0]], []]);
    const { items } = (await ask(app, `/v1/properties/${other.id}/similar`)).body;
    expect(items[0].property.photos).toEqual([all[0]]);
  });

  it('a patch replaces the whole list and changes updatedAt and the ETag; equal photos change nothing', async () => {
    const { body } = await create(PROPERTY);
    const before = await shown(body.id as number);
    expect((await patch(body.id as number, { photos: PROPERTY.photos })).body).toEqual(before.body);
    const changed = await patch(body.id as number, { photos: [photo(3), photo(1)] });
    expect(changed.body.photos).toEqual([photo(3), photo(1)]);
    const after = await shown(body.id as number);
    expect(after.body).toEqual(changed.body);
    expect(after.headers.etag).not.toBe(before.headers.etag);
    expect(after.body.updatedAt > before.body.updatedAt).toBe(true);
    for (const none of [[], null]) {
      await patch(body.id as number, { photos: [photo(1)] });
      expect((await patch(body.id as number, { photos: none })).body.photos).toEqual([]);
    }
  });

  it.each([
    ['a URL that is not https', [photo(1), { url: 'http://fotos.example.com/1.jpg' }], 'photos[1].url'],
    ['a private address', [{ url: 'https://192.168.1.7/1.jpg' }], 'photos[0].url'],
    ['no URL', [{ caption: 'Sala' }], 'photos[0].url'],
    ['an unknown field', [{ ...photo(1), width: 3 }], 'photos[0].width'],
    ['a long caption', [photo(1, 'x'.repeat(201))], 'photos[0].caption'],
    ['51 photos', Array.from({ length: 51 }, (_, i) => photo(i)), 'photos'],
    ['texts', ['https://fotos.example.com/1.jpg'], 'photos'],
    ['one object', photo(1), 'photos'],
  ])('422 for %s', async (_, photos, field) => {
    const answer = await create({ ...PROPERTY, photos });
    expect(answer.status).toBe(422);
    expect(faultsOf(answer)).toEqual([field]);
  });
});
