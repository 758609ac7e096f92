import { beforeAll, expect, it } from '@jest/globals';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers } from '../support/accounts.js';
import { Balancer, type Sent } from '../support/balancer.js';
import { addProperties } from '../support/factories.js';
import { atEnd, database, useDatabase } from '../support/suite.js';

/** RESTARTS=100 runs the long version. */
const RESTARTS = Number(process.env.RESTARTS || 5);

useDatabase();

let authorizations: string[];
let properties: number[];
let balancer: Balancer;

beforeAll(async () => {
  properties = await addProperties(
    database,
    Array.from({ length: 20 }, () => ({})),
  );
  const users = await addUsers(
    database,
    Array.from({ length: 50 }, (_, i) => `user-${i}`),
  );
  const tokens = new AccessTokens(database.config);
  authorizations = users.map((user) => `Bearer ${tokens.issue(user)}`);
  atEnd(() => balancer.stop());
  balancer = await Balancer.start(database, 2);
}, 120_000);

function nextRequest(number: number): Sent {
  const id = properties[Math.floor(number / 4) % properties.length]!;
  const authorization = authorizations[Math.floor(Math.random() * authorizations.length)]!;
  const [method, path] = [
    ['GET', `/v1/properties/${id}`],
    ['GET', '/v1/properties?limit=5'],
    ['PUT', `/v1/properties/${id}/like`],
    ['DELETE', `/v1/properties/${id}/like`],
  ][number % 4] as [string, string];
  return { method, path, headers: { authorization } };
}

it(
  `loses no request in ${RESTARTS} restarts under load`,
  async () => {
    const load = balancer.startLoad(nextRequest, {
      requestsPerSecond: 200,
      maxPending: 40,
      isFailure: (status) => status >= 500,
    });
    const codes: (number | null)[] = [];
    const drains: number[] = [];
    for (let restart = 0; restart < RESTARTS; restart++) {
      const { code, drainMs } = await balancer.replace(restart % 2);
      codes.push(code);
      drains.push(drainMs);
    }
    const { sent, failed } = await load.stop();
    if (process.env.RESTARTS)
      process.stderr.write(
        `${RESTARTS} restarts, ${sent} requests, ${failed.length} lost, drains of ${Math.round(Math.min(...drains))} to ${Math.round(Math.max(...drains))} ms\n`,
      );
    expect(failed).toEqual([]);
    expect(codes).toEqual(Array.from({ length: RESTARTS }, () => 0));
    expect(sent).toBeGreaterThan(RESTARTS * 50);
  },
  60_000 + RESTARTS * 40_000,
);
