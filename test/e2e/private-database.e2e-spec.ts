import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect, listenAlone, socketOf } from '../../scripts/processes/single-instance.mjs';
import { describeWith } from '../support/optional.js';
import { until } from '../support/until.js';

const KEEPER = fileURLToPath(new URL('../../scripts/private-database/keeper.mjs', import.meta.url));
/** Node.js 20 pads the name of an abstract socket with NUL to this length. */
const LONGEST_NAME = 108;

describeWith('database-server', 'the keeper of a throw-away database', () => {
  let folder: string;
  let keeper: ChildProcess;
  let client: Socket | undefined;
  let older: Server;

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'throw-away-')));
  });
  afterAll(async () => {
    client?.end();
    older?.close();
    if (keeper.exitCode === null) await once(keeper, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  it('removes an abandoned database, and none whose keeper runs with an older Node.js', async () => {
    const [own, used, abandoned] = Array.from({ length: 3 }, () => join(folder, randomUUID()));
    for (const each of [used!, abandoned!]) mkdirSync(each);
    older = createServer();
    await once(older.listen(socketOf(used!).padEnd(LONGEST_NAME, '\0')), 'listening');

    keeper = spawn(process.execPath, [KEEPER, own!, '--throw-away'], { stdio: 'ignore' });
    await until(async () => (client = await connect(socketOf(own!))) !== undefined);
    for await (const line of createInterface({ input: client! }))
      if ((JSON.parse(line) as { say?: string }).say) break;

    expect([used!, abandoned!].map((each) => existsSync(each))).toEqual([true, false]);
    // The name is taken in any version.
    expect(await listenAlone(socketOf(used!))).toBeUndefined();
  });
});
