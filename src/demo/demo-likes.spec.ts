import { describe, expect, it } from '@jest/globals';
import { demoLikes } from './demo-likes.js';

const now = new Date('2026-05-04T15:30:45.678Z');
const properties = Array.from({ length: 2_000 }, (_, i) => ({
  id: i + 1,
  since: new Date(now.getTime() - (i % 500) * 24 * 3_600_000),
}));
const users = Array.from({ length: 600 }, (_, i) => i + 10);
const likes = demoLikes(properties, users, now);

describe('demo likes', () => {
  it('are the same for the same properties and users', () => {
    expect(demoLikes(properties, users, now)).toEqual(likes);
  });

  it('are at most one a user and property, after the property was shown, within the last year and not in the future', () => {
    expect(new Set(likes.map(({ propertyId, userId }) => `${propertyId} ${userId}`)).size).toBe(likes.length);
    for (const { propertyId, likedAt, unlikedAt } of likes) {
      expect(likedAt >= properties[propertyId - 1]!.since && likedAt <= now).toBe(true);
      expect(now.getTime() - likedAt.getTime()).toBeLessThanOrEqual(365 * 24 * 3_600_000);
      if (unlikedAt) expect(unlikedAt >= likedAt && unlikedAt <= now).toBe(true);
    }
  });

  it('make few properties very popular and give most of them no like or only a few', () => {
    const counts = properties
      .map(({ id }) => likes.filter(({ propertyId }) => propertyId === id).length)
      .toSorted((a, b) => b - a);
    expect(counts[0]).toBeGreaterThan(150);
    expect(counts[20]).toBeLessThan(40);
    expect(counts[1_000]).toBeLessThan(5);
    expect(counts.at(-1)).toBe(0);
  });
});
