import { describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { CallerGone } from './caller.js';
import { FairQueue, type FairQueueLimits } from './fair-queue.js';

class Busy extends Error {}

const LIMITS: FairQueueLimits = {
  running: 2,
  runningPerCaller: 2,
  waiting: 100,
  waitingPerCaller: 100,
  waitMs: 60_000,
};

/** A queue, and what happened to the work that arrived: names such as `A1`, in the order of their starts. */
class Scene {
  readonly started: string[] = [];
  readonly refused: string[] = [];
  readonly #ends: (() => void)[] = [];
  readonly #queue: FairQueue;

  constructor(limits: Partial<FairQueueLimits> = {}) {
    this.#queue = new FairQueue({ ...LIMITS, ...limits }, () => new Busy());
  }

  async arrive(names: string, signal?: AbortSignal): Promise<void> {
    for (const name of names.split(' ')) {
      const work = (): Promise<void> => {
        this.started.push(name);
        return new Promise((end) => this.#ends.push(end));
      };
      this.#queue.run(name[0]!, work, signal).catch(() => this.refused.push(name));
    }
    await pause(0);
  }

  /** Ends the work that has run longest, again and again. */
  async endAll(): Promise<void> {
    for (let end = this.#ends.shift(); end; end = this.#ends.shift()) {
      end();
      await pause(0);
    }
  }
}

describe('a fair queue', () => {
  it.each<
    [promise: string, limits: Partial<FairQueueLimits>, arrivals: string, started: string, refused: string]
  >([
    ['starts in the order of arrival', {}, 'A1 B1 C1 D1', 'A1 B1 C1 D1', ''],
    ['lets callers take turns', { running: 1 }, 'A1 A2 A3 B1 B2 C1', 'A1 A2 B1 C1 A3 B2', ''],
    ['prefers who has fewer places', {}, 'A1 A2 A3 A4 A5 B1 B2 C1', 'A1 A2 B1 A3 C1 B2 A4 A5', ''],
    ['keeps places for others', { running: 3 }, 'A1 A2 A3 A4 B1', 'A1 A2 B1 A3 A4', ''],
    ['bounds the queue of a caller', { waitingPerCaller: 1 }, 'A1 A2 A3 A4 A5', 'A1 A2 A3', 'A4 A5'],
    ['bounds the queue of all', { running: 1, waiting: 2 }, 'A1 B1 C1 D1', 'A1 B1 C1', 'D1'],
    ['takes from the longest queue', { running: 1, waiting: 3 }, 'A1 A2 A3 A4 B1', 'A1 A2 B1 A3', 'A4'],
    ['takes from nobody with as few', { running: 1, waiting: 2 }, 'A1 B1 C1 C2', 'A1 B1 C1', 'C2'],
  ])('%s', async (_, limits, arrivals, started, refused) => {
    const scene = new Scene(limits);
    await scene.arrive(arrivals);
    await scene.endAll();
    expect([scene.started.join(' '), scene.refused.join(' ')]).toEqual([started, refused]);
  });

  it('frees the place of work that failed', async () => {
    const queue = new FairQueue({ ...LIMITS, running: 1 }, () => new Busy());
    for (let i = 0; i < 10; i++)
      await expect(queue.run('A', () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(await queue.run('A', async () => 5)).toBe(5);
  });

  it('a caller who leaves makes room in the queue', async () => {
    const scene = new Scene({ running: 1, waiting: 1, waitingPerCaller: 1 });
    const leaving = new AbortController();
    await scene.arrive('A1');
    await scene.arrive('A2', leaving.signal);
    leaving.abort();
    await scene.arrive('A3');
    await scene.arrive('B1', leaving.signal);
    await scene.endAll();
    expect([scene.started, scene.refused]).toEqual([
      ['A1', 'A3'],
      ['A2', 'B1'],
    ]);
    await expect(new FairQueue(LIMITS, () => new Busy()).acquire('A', leaving.signal)).rejects.toThrow(
      CallerGone,
    );
  });

  it('refuses after too long a wait', async () => {
    const queue = new FairQueue({ ...LIMITS, running: 1, waitMs: 10 }, () => new Busy());
    const release = await queue.acquire('A');
    await expect(queue.acquire('B')).rejects.toThrow(Busy);
    release();
    (await queue.acquire('B'))();
  });
});
