// The load of failover.mjs: users who like and unlike, staff who edit, readers. It remembers what each answer promised.
import { tokenOf } from './jobs.mjs';

export const LIKED_PROPERTIES = 200;
export const LIKERS = 20;
export const EDITORS = 4;
const READERS = 10;
const PAUSE_MS = 20;
/** A refused write is sent again after this time. */
const RETRY_MS = 100;
const ANSWER_MS = 20_000;
const READ_PATHS = ['/v1/properties?limit=20', '/v1/properties/7', '/v1/properties/facets', '/v1/me/likes'];

/** @typedef {{ kind: 'write' | 'read', request: string, sentAt: number, answeredAt: number, status: number, body: string }} Sample */

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {number[]} ports of the processes of the service, which get the requests in turn */
export function startLoad(ports) {
  /** @type {Sample[]} */
  const samples = [];
  /** Whether the last answer said that the user likes the property; null after a failed request. @type {Map<string, boolean | null>} */
  const likes = new Map();
  /** The prices that each edited property may have. @type {Map<number, number[]>} */
  const prices = new Map();
  const stopped = new AbortController();
  let sent = 0;

  /** @param {Sample['kind']} kind @param {number} userId @param {string} method @param {string} path @param {object} [body] */
  async function ask(kind, userId, method, path, body) {
    const options = {
      method,
      headers: {
        authorization: `Bearer ${tokenOf(userId)}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    };
    const sentAt = performance.now();
    const answer = await fetch(`http://127.0.0.1:${ports[sent++ % ports.length]}${path}`, options)
      .then(async (response) => ({ status: response.status, body: await response.text() }))
      .catch((error) => ({ status: 0, body: String(error.cause ?? error) }));
    samples.push({ kind, request: `${method} ${path}`, sentAt, answeredAt: performance.now(), ...answer });
    const isSuccess = answer.status >= 200 && answer.status < 300;
    await pause(isSuccess ? PAUSE_MS : RETRY_MS);
    return isSuccess;
  }

  async function like(/** @type {number} */ userId) {
    const propertyId = 1 + Math.floor(Math.random() * LIKED_PROPERTIES);
    const isLiked = Math.random() < 0.6;
    const pair = `${propertyId} ${userId}`;
    const path = `/v1/properties/${propertyId}/like`;
    likes.set(pair, (await ask('write', userId, isLiked ? 'PUT' : 'DELETE', path)) ? isLiked : null);
  }

  async function edit(/** @type {number} */ userId) {
    const propertyId = LIKED_PROPERTIES + userId - LIKERS;
    const possible = prices.get(propertyId) ?? [];
    const price = (possible.at(-1) ?? 1_000) + 1;
    const isDone = await ask('write', userId, 'PATCH', `/v1/properties/${propertyId}`, { price });
    prices.set(propertyId, isDone ? [price] : [...possible, price]);
  }

  const read = (/** @type {number} */ userId) =>
    ask('read', userId, 'GET', /** @type {string} */ (READ_PATHS[sent % READ_PATHS.length]));

  const repeat = async (
    /** @type {(userId: number) => Promise<unknown>} */ act,
    /** @type {number} */ userId,
  ) => {
    while (!stopped.signal.aborted) await act(userId);
  };
  const running = [
    ...Array.from({ length: LIKERS }, (_, i) => repeat(like, 1 + i)),
    ...Array.from({ length: EDITORS }, (_, i) => repeat(edit, LIKERS + 1 + i)),
    ...Array.from({ length: READERS }, (_, i) => repeat(read, 1 + i)),
  ];
  return {
    samples,
    likes,
    prices,
    stop: async () => {
      stopped.abort();
      await Promise.all(running);
    },
  };
}
