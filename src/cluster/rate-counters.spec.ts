import { describe, expect, it } from '@jest/globals';
import { RateCounters } from './rate-counters.js';

const MINUTE = 60_000;

describe('counters in memory', () => {
  it('count units of a key until the window ends', () => {
    const counters = new RateCounters();
    expect(counters.add(['default', 'a', MINUTE, 1], 0)).toEqual({ current: 1, ttl: MINUTE });
    expect(counters.add(['default', 'a', MINUTE, 5], 20_000)).toEqual({ current: 6, ttl: 40_000 });
    expect(counters.add(['sign-in', 'a', MINUTE, 1], 20_000)).toEqual({ current: 1, ttl: MINUTE });
    expect(counters.add(['default', 'b', MINUTE, 1], 20_000).current).toBe(1);
    expect(counters.add(['default', 'a', MINUTE, 1], MINUTE)).toEqual({ current: 1, ttl: MINUTE });
  });

  it('strangers cannot make them forget a caller, and hardly ever count for another caller', () => {
    const counters = new RateCounters();
    counters.add(['default', 'attacker', MINUTE, 600], 0);
    for (let i = 0; i < 100_000; i++) counters.add(['default', `stranger ${i}`, MINUTE, 1], 0);
    expect(counters.add(['default', 'attacker', MINUTE, 1], 0).current).toBeGreaterThan(600);
    const innocent = Array.from(
      { length: 1_000 },
      (_, i) => counters.add(['default', `new ${i}`, MINUTE, 1], 0).current,
    );
    expect(innocent.filter((current) => current <= 5).length).toBeGreaterThan(950);
  });
});
