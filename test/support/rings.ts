import { naive } from './ranking.js';

/** An account of a ring. Times are `YYYY-MM-DD hh:mm:ss` in UTC. */
export interface RingAccount {
  joined: string;
  likes: { propertyId: number; at: string }[];
}
interface Ring {
  target: number;
  /** Other properties: those of the same seller first. */
  others: readonly number[];
  size: number;
  /** Milliseconds since 1970. */
  now: number;
  /** Pseudo-random numbers from 0 to 1. */
  random: () => number;
}

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

/** Four ways in which 200 accounts raise the rank of one property. */
export const RING_STYLES = {
  'a burst from new accounts': (ring: Ring): RingAccount[] =>
    eachAccount(
      ring,
      8 * HOUR,
      1 * HOUR,
      ({ others, target, random }) => [
        target,
        // Some accounts also like something else.
        ...shuffled(others, random).slice(0, Math.floor(random() * 3)),
      ],
      60 * SECOND,
    ),

  'one network that likes everything': (ring: Ring): RingAccount[] =>
    eachAccount(
      ring,
      2 * DAY,
      300 * DAY,
      ({ others, target, random }) =>
        shuffled([target, ...others.slice(0, 12).filter(() => random() < 0.9)], random),
      50 * SECOND,
    ),

  'accounts that like the properties of one seller': (ring: Ring): RingAccount[] =>
    eachAccount(
      ring,
      8 * DAY,
      300 * DAY,
      ({ others, target, random }) => {
        const ofSeller = shuffled(others.slice(0, 5), random);
        return shuffled([target, ...ofSeller.slice(0, 1 + Math.floor(random() * 5))], random);
      },
      HOUR,
    ),

  'likes at the pace of a machine': (ring: Ring): RingAccount[] =>
    eachAccount(
      ring,
      10 * DAY,
      300 * DAY,
      ({ others, target, random }) => shuffled([target, ...shuffled(others, random).slice(0, 22)], random),
      1 * SECOND,
    ),
};

/**
 * @param spread the accounts begin in this time before now
 * @param age the greatest age of the accounts
 * @param pause between two likes of an account, on average
 */
function eachAccount(
  ring: Ring,
  spread: number,
  age: number,
  propertiesOf: (ring: Ring) => number[],
  pause: number,
): RingAccount[] {
  const { size, now, random } = ring;
  return Array.from({ length: size }, () => {
    const propertyIds = propertiesOf(ring);
    // No like is later than now.
    const from = now - (2 * propertyIds.length + 1) * pause - random() * spread;
    let at = from;
    const likes = propertyIds.map((propertyId) => {
      at += random() * 2 * pause;
      return { propertyId, at: naive(at) };
    });
    return { joined: naive(from - random() * age), likes };
  });
}

function shuffled(ids: readonly number[], random: () => number): number[] {
  return ids
    .map((id) => ({ id, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ id }) => id);
}

/** Pseudo-random numbers from 0 to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
