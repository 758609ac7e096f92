import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { breakingChanges, mayBreak } from '../../scripts/checks/api/breaking-changes.mjs';

type Document = Parameters<typeof breakingChanges>[0];

const read = (): Document =>
  JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as Document;

/** The breaking changes between the document and a copy that `change` has changed. */
function changesOf(change: (document: Document) => void): string[] {
  const changed = read();
  change(changed);
  return breakingChanges(read(), changed);
}

describe('breaking changes', () => {
  it.each<[string, (document: Document) => void]>([
    ['an operation that is gone', ({ paths }) => delete paths['/v1/places'].get],
    ['another operationId', ({ paths }) => (paths['/v1/places'].get.operationId = 'listPlaces')],
    ['a token that is needed now', ({ paths }) => (paths['/v1/places'].get.security = [{ bearer: [] }])],
    ['a parameter that is gone', ({ paths }) => paths['/v1/properties'].get.parameters.shift()],
    [
      'a required new parameter',
      ({ paths }) =>
        (paths['/v1/me'].get.parameters = [
          { name: 'a', in: 'query', required: true, schema: { type: 'string' } },
        ]),
    ],
    [
      'a smaller maximum of a parameter',
      ({ components }) => (components.parameters.Limit.schema.maximum = 50),
    ],
    ['a word that a parameter refuses', ({ components }) => components.schemas.PropertySort.enum.pop()],
    [
      'a field that a body refuses',
      ({ components }) => delete components.schemas.NewProperty.properties.year,
    ],
    ['a field that a body needs', ({ components }) => components.schemas.NewProperty.required.push('year')],
    ['a field that an answer lacks', ({ components }) => components.schemas.Property.required.pop()],
    [
      'a field of an answer that may be null',
      ({ components }) => (components.schemas.Like.properties.likedAt.type = ['string', 'null']),
    ],
    [
      'another type of a field',
      ({ components }) => (components.schemas.Like.properties.propertyId.type = 'string'),
    ],
    ['another default of a parameter', ({ components }) => (components.parameters.Limit.schema.default = 30)],
    ['a problem type that is gone', ({ components }) => components.schemas.ProblemType.enum.pop()],
    ['an error status that is gone', ({ paths }) => delete paths['/v1/auth/register'].post.responses['409']],
    [
      'a header that is gone',
      ({ components }) => delete components.responses.TooManyRequests.headers['Retry-After'],
    ],
    [
      'a field of a problem that may be absent',
      ({ components }) => components.schemas.Problem.required.shift(),
    ],
    [
      'an optional field that is gone',
      ({ components }) => delete components.schemas.PageInfo.properties.total,
    ],
    ['another format', ({ components }) => (components.schemas.Like.properties.likedAt.format = 'date')],
    ['a longer list that is needed', ({ components }) => (components.parameters.City.schema.minItems = 2)],
    ['another form of a list', ({ components }) => (components.parameters.City.explode = false)],
    ['cookies only', ({ paths }) => (paths['/v1/me'].get.security = [{ sessionCookie: [] }])],
    ['another success status', ({ paths }) => delete paths['/v1/properties/{id}/like'].put.responses['201']],
    ['a schema with another name', ({ components }) => delete components.schemas.Liveness],
  ])('are found: %s', (_, change) => {
    expect(changesOf(change)).not.toEqual([]);
  });

  it.each<[string, (document: Document) => void]>([
    ['no change', () => undefined],
    ['a new operation', ({ paths }) => (paths['/v1/new'] = paths['/v1/me'])],
    [
      'an optional new parameter',
      ({ paths }) =>
        paths['/v1/places'].get.parameters.push({ name: 'a', in: 'query', schema: { type: 'string' } }),
    ],
    [
      'a greater maximum of a parameter',
      ({ components }) => (components.parameters.Limit.schema.maximum = 200),
    ],
    [
      'a new field of an answer',
      ({ components }) => (components.schemas.Like.properties.note = { type: 'string' }),
    ],
    [
      'a new optional field of a body',
      ({ components }) => (components.schemas.NewProperty.properties.note = { type: 'string' }),
    ],
    ['a new word in an answer', ({ components }) => components.schemas.LikeAction.enum.push('hidden')],
    ['another description', ({ paths }) => (paths['/v1/me'].get.description = 'Mine')],
  ])('are not found: %s', (_, change) => {
    expect(changesOf(change)).toEqual([]);
  });

  it('are allowed by a greater major version, and before 1.0.0 by a greater minor version', () => {
    expect(mayBreak('0.1.0', '0.2.0')).toBe(true);
    expect(mayBreak('0.2.0', '0.2.1')).toBe(false);
    expect(mayBreak('1.4.0', '1.5.0')).toBe(false);
    expect(mayBreak('1.4.0', '2.0.0')).toBe(true);
    expect(mayBreak('0.9.0', '1.0.0')).toBe(true);
  });
});
