// The writers of the soak: staff, an import, another program on the same tables, and likes whose way to the ranking is watched.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'mysql2/promise';
import { userCountOf } from './generate.mjs';
import { STAFF_ID, tokenOf } from './jobs.mjs';
import { property, random } from './properties.mjs';
import { pause, staffGet } from './ranking-access.mjs';
import { median, runCommand, send as sendOver } from './servers.mjs';

const EDIT_EVERY_MS = 2_000;
const OTHER_PROGRAM_EVERY_MS = 500;
const IMPORT_EVERY_MS = 600_000;
const IMPORTED_ROWS = 2_000;
const PROBE_EVERY_MS = 2_000;
const POLL_MS = 50;
const MAX_WATCH_MS = 30_000;
const FILE = '.local/soak.ndjson';

/** As many connections as the soak has, because all share one agent. @param {number} port @param {import('./jobs.mjs').BenchRequest} request */
const send = (port, request) => sendOver(port, request, 70);

/** @typedef {{ port: number, login: import('mysql2/promise').ConnectionOptions, properties: number, isRunning: () => boolean }} Soak */

export class Writers {
  /** Connections to the database that are not the service's. */
  connections = 2;
  #soak;
  #random = random(Date.now() % 1_000_000);
  #counts = { edits: 0, imports: 0, otherPrograms: 0 };
  /** @type {string[]} */
  #failed = [];
  /** @type {number[]} */
  #delays = [];
  #longest = 0;
  /** @type {number[]} the properties of which the other program deleted a like */
  unliked = [];

  /** @param {Soak} soak */
  constructor(soak) {
    this.#soak = soak;
  }

  /** Writes until the soak ends. */
  async run() {
    await Promise.all([
      this.#repeat(EDIT_EVERY_MS, () => this.#edit()),
      this.#repeat(IMPORT_EVERY_MS, () => this.#import()),
      this.#onConnection((connection) =>
        this.#repeat(OTHER_PROGRAM_EVERY_MS, () => this.#writeAsOtherProgram(connection)),
      ),
      this.#onConnection((connection) => this.#watchLikes(connection)),
    ]);
  }

  /** The longest delay of a like since the last call, in milliseconds. */
  takeLongestDelay() {
    const longest = this.#longest;
    this.#longest = 0;
    return longest;
  }

  report() {
    const sorted = this.#delays.toSorted((a, b) => a - b);
    return {
      ...this.#counts,
      failedWrites: this.#failed,
      probes: sorted.length,
      medianMs: median(sorted),
      p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
      longestMs: sorted.at(-1) ?? Number.NaN,
    };
  }

  /** @param {number} everyMs @param {() => Promise<unknown>} write */
  async #repeat(everyMs, write) {
    while (this.#soak.isRunning()) {
      const next = performance.now() + everyMs;
      await write().catch((error) => this.#failed.push(`${new Date().toISOString()} ${error.message}`));
      while (this.#soak.isRunning() && performance.now() < next)
        await pause(Math.min(1_000, Math.max(0, next - performance.now())));
    }
  }

  /** @param {(connection: import('mysql2/promise').Connection) => Promise<void>} work */
  async #onConnection(work) {
    const connection = await createConnection(this.#soak.login);
    await work(connection);
    await connection.end();
  }

  #propertyId() {
    return this.#random.integer(1, this.#soak.properties);
  }

  async #edit() {
    const { port } = this.#soak;
    const id = this.#propertyId();
    const headers = {
      authorization: `Bearer ${tokenOf(STAFF_ID)}`,
      'content-type': 'application/merge-patch+json',
    };
    const { status, body } = await send(port, {
      method: 'PATCH',
      path: `/v1/properties/${id}`,
      headers,
      body: JSON.stringify({ price: this.#random.integer(100, 900) * 1_000_000 }),
    });
    if (status !== 200) throw new Error(`PATCH of property ${id}: ${status} ${body}`);
    this.#counts.edits++;
  }

  async #import() {
    const rows = Array.from({ length: IMPORTED_ROWS }, (_, i) => {
      const isNew = i % 10 === 0;
      const { row } = property(this.#propertyId());
      const externalRef = isNew ? `soak:${Date.now()}:${i}` : row.external_ref;
      return {
        externalRef,
        city: row.city,
        price: this.#random.integer(100, 900) * 1_000_000,
        status: 'en_venta',
      };
    });
    mkdirSync('.local', { recursive: true });
    writeFileSync(FILE, rows.map((row) => JSON.stringify(row)).join('\n'));
    await runCommand('dist/commands/import.js', String(this.#soak.login.database), [FILE]);
    this.#counts.imports++;
  }

  /** @param {import('mysql2/promise').Connection} connection */
  async #writeAsOtherProgram(connection) {
    const id = this.#propertyId();
    const userId = this.#random.integer(1, userCountOf(this.#soak.properties));
    const [sql, values] = this.#random.pick(
      /** @type {[string, unknown[]][]} */ ([
        ['update property set price = round(price * 0.97) where id = ?', [id]],
        [
          'insert into status_history (property_id, status_id, update_date) values (?, ?, utc_timestamp())',
          [id, this.#random.integer(1, 5)],
        ],
        ['insert ignore into property_likes (property_id, user_id) values (?, ?)', [id, userId]],
        ['delete from property_likes where property_id = ? limit 1', [id]],
      ]),
    );
    await connection.query(sql, values);
    if (sql.startsWith('delete')) this.unliked.push(id);
    this.#counts.otherPrograms++;
  }

  /** Likes a property of a city of its own, and waits each time until the ranking of the city has the like. @param {import('mysql2/promise').Connection} connection */
  async #watchLikes(connection) {
    const city = `Sonda ${Date.now()}`;
    writeFileSync(
      '.local/soak-probe.ndjson',
      JSON.stringify({ externalRef: city, city, price: 1_000_000, status: 'en_venta' }),
    );
    await runCommand('dist/commands/import.js', String(this.#soak.login.database), [
      '.local/soak-probe.ndjson',
    ]);
    const [[probe]] = /** @type {[{ id: number }[], unknown]} */ (
      /** @type {unknown} */ (
        await connection.query('select id from property where external_ref = ?', [city])
      )
    );
    const path = `/v1/ranking/properties?by=likes&window=1d&city=${encodeURIComponent(city)}`;
    // Other users than in earlier soaks: likes of the same group of users are not trusted.
    let userId = this.#random.integer(1, userCountOf(this.#soak.properties) / 2);
    let likes = 0;
    await this.#repeat(PROBE_EVERY_MS, async () => {
      const { status, body } = await send(this.#soak.port, {
        method: 'PUT',
        path: `/v1/properties/${probe?.id}/like`,
        headers: { authorization: `Bearer ${tokenOf(++userId)}` },
      });
      if (status !== 201) throw new Error(`a like that is watched: ${status} ${body}`);
      likes++;
      const answered = performance.now();
      while (performance.now() - answered < MAX_WATCH_MS) {
        const { body: ranking } = await send(this.#soak.port, staffGet(path));
        if (JSON.parse(ranking).items[0]?.likes.total >= likes) break;
        await pause(POLL_MS);
      }
      const delay = performance.now() - answered;
      this.#delays.push(delay);
      this.#longest = Math.max(this.#longest, delay);
    });
  }
}
