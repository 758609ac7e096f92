// Some tests need a program or data that not every machine has. Without it they are skipped, and the last line of
// `npm test` names it (skip-reporter.mjs). If TEST_REQUIRE names it, the tests fail instead of being skipped: CI sets it.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from '@jest/globals';

const here = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The path of the first of these programs found in PATH. */
export function findProgram(...names: string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const BROWSER = findProgram('chromium', 'chromium-browser', 'google-chrome');
export const NGINX = findProgram('nginx');
export const OPENSSL = findProgram('openssl');
export const PROMTOOL = findProgram('promtool');

/** Real listings, likes and a sample database. Their licences keep them out of the repository, so they are stored beside the clone. */
export const REAL_DATA = here('../shared/data/');

/** A test kills only a server that it started itself, never the server that .env names. */
function canKillServers(): boolean {
  const env = { PATH: `${process.env.PATH}:/usr/sbin` };
  const isInstalled = ['mysqld', 'mariadbd'].some(
    (program) => spawnSync(program, ['--no-defaults', '--version'], { env }).status === 0,
  );
  return isInstalled && process.platform === 'linux' && !existsSync(here('.env'));
}

/** A server to kill, with the programs of its own that back it up. */
const canBackUp = (): boolean =>
  canKillServers() &&
  [
    ['mariadb-dump', 'mariadb-binlog', 'mariadb'],
    ['mysqldump', 'mysqlbinlog', 'mysql'],
  ].some((programs) => programs.every((program) => findProgram(program)));

/** The last release, as `npm run last-release` builds it. */
const [, VERSION = ''] = /^## (\d+\.\d+\.\d+)/m.exec(readFileSync(here('CHANGELOG.md'), 'utf8')) ?? [];
export const LAST_RELEASE = here(`.local/release-${VERSION}/`);

const NEEDS = {
  browser: { isThere: () => BROWSER !== undefined, what: 'a browser (install chromium)' },
  nginx: { isThere: () => NGINX !== undefined, what: 'nginx (install nginx-light)' },
  // With a server of its own, which is given certificates.
  openssl: {
    isThere: () => OPENSSL !== undefined && canKillServers(),
    what: 'openssl and a database server to start (install openssl and mariadb-server-core; Linux, without a .env)',
  },
  promtool: { isThere: () => PROMTOOL !== undefined, what: 'promtool (install prometheus)' },
  'database-server': {
    isThere: canKillServers,
    what: 'a database server to kill (install mariadb-server-core; Linux, without a .env)',
  },
  backup: {
    isThere: canBackUp,
    what: 'mysqldump and mysqlbinlog, and a database server to start (install mariadb-client and mariadb-server-core; Linux, without a .env)',
  },
  'last-release': {
    isThere: () => existsSync(`${LAST_RELEASE}dist/main.js`),
    what: `the release ${VERSION} (npm run last-release, which needs the history of git and the registry)`,
  },
  'service-account': {
    isThere: () => Boolean(process.env.DATABASE_SERVICE_USER),
    what: 'a database account that serves (leave DATABASE_HOST out, or set DATABASE_SERVICE_USER)',
  },
  'replication-group': {
    isThere: () => process.env.DATABASE_GROUP !== undefined,
    what: 'a replication group of MySQL (set DATABASE_GROUP to three host:port, docs/failover.md)',
  },
  replication: {
    isThere: () => process.env.DATABASE_REPLICATION !== undefined,
    what: 'a MySQL source and its replica on this machine (set DATABASE_REPLICATION to two host:port, docs/deploying.md)',
  },
  'real-data': { isThere: () => existsSync(REAL_DATA), what: 'the real data of ../shared/data' },
};
type Need = keyof typeof NEEDS;

const required = (process.env.TEST_REQUIRE ?? '').split(',').filter(Boolean);
for (const name of required)
  if (!Object.hasOwn(NEEDS, name))
    throw new Error(`TEST_REQUIRE names "${name}"; there are ${Object.keys(NEEDS).join(', ')}.`);

/** A describe block that is skipped if the machine lacks what its tests need. Jest runs no hooks around skipped tests. */
export function describeWith(need: Need, title: string, tests: () => void): void {
  const { isThere, what } = NEEDS[need];
  const isMissing = !isThere();
  if (isMissing && required.includes(need))
    throw new Error(`TEST_REQUIRE names ${need}, and this machine does not have ${what}.`);
  const block = isMissing ? describe.skip : describe;
  // skip-reporter.mjs parses the end of the title.
  block(isMissing ? `${title} (needs ${what})` : title, tests);
}
