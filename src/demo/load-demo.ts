import type { ListingsService } from '../properties/listings.service.js';
import { demoListings } from './demo-listings.js';

const COUNT = 3_000;

/**
 * Saves the demo homes, all or none: what was killed half-way starts from an empty database again.
 * @param now the moment that the histories lead up to
 * @returns how many there are
 */
export async function loadDemo(listings: ListingsService, now: Date): Promise<number> {
  const homes = [...demoListings({ count: COUNT, now })];
  await listings.save(homes.map((home) => ({ ...home, createdAt: home.history[0]?.at })));
  return COUNT;
}
