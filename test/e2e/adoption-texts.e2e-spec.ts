import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { djangoHash, PASSWORD } from '../support/accounts.js';
import { adoptCheck } from '../support/adopt-check.js';
import { TestDatabase } from '../support/database.js';
import { legacyBytes, type LegacyShape, createLegacyTables } from '../support/legacy.js';
import { useDatabases } from '../support/suite.js';

// Each check runs in its own process.
const BUDGET_MS = 120_000;

const createDatabase = useDatabases();
let database: TestDatabase;

async function create(charset: LegacyShape['charset']): Promise<void> {
  database = await createDatabase({ migrated: false });
  await createLegacyTables(database, { charset });
}

/** The text that is stored when a program sends UTF-8 on a latin1 connection. */
const garbled = (text: string): string => new TextDecoder('windows-1252').decode(Buffer.from(text));

async function addProperty(address: string, city: string, description: string | null): Promise<void> {
  await database.run('insert into property (address, city, price, description) values (?, ?, 1, ?)', [
    address,
    city,
    description,
  ]);
}

async function addUser(username: string, name: string): Promise<void> {
  await database.run(
    `insert into auth_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
     values (?, 0, ?, ?, ?, ?, 0, 1, '2020-01-01')`,
    [djangoHash(PASSWORD), username, name, name, `${username}@example.com`],
  );
}

/** The findings about garbled texts: `table.column: count, id first ids`. */
function findings(text: string): string[] {
  const found = text.matchAll(/Rows of (\w+) with UTF-8 .* in (\w+) \(such as .*\): (\d+)\.\n.* id (.*)\n/g);
  return [...found].map(([, table, column, count, ids]) => `${table}.${column}: ${count}, id ${ids}`);
}

const repairs = (text: string): string[] =>
  [...text.matchAll(/^ +update ignore [^;]+/gm)].map(([statement]) => statement);

const texts = async () => [
  ...(await database.run('select id, address, city, description from property order by id')),
  ...(await database.run('select id, name, label from status order by id')),
  ...(await database.run('select id, username, first_name, last_name, email from auth_user order by id')),
];

/** Texts that must not change: correct latin1, some of which has bytes like UTF-8, and a text that is only partly garbled. */
const GENUINE = [
  'Bogotá',
  'SAN JOSÉ…',
  'PERÚ®',
  '“CAFÉ”',
  'IBAGUÉ»',
  'señor',
  '',
  `${garbled('Bogotá')} Bogotá`,
];

describe.each(['latin1', 'utf8mb4'] as const)(
  'UTF-8 text that was stored as latin1, in %s columns',
  (charset) => {
    it('adopt:check counts it and lists its row ids for every old text column; the printed SQL repairs it', async () => {
      await create(charset);
      for (const text of GENUINE) await addProperty(text, text.slice(0, 32), text);
      if (charset === 'utf8mb4') await addProperty('東京', '😀 Bogotá', `東京 ${garbled('Bogotá')}`);
      await addUser('josé', 'Peña');
      expect(findings((await adoptCheck(database)).text)).toEqual([]);
      const genuine = await legacyBytes(database);

      const good = await texts();
      const first = charset === 'utf8mb4' ? 10 : 9;
      await addProperty(garbled('Nº 5 – Ático'), garbled('Bogotá'), garbled('«El piñón», 300 m² a 5 €…'));
      await addProperty('Calle 1', garbled('Ñeque Ö'), null);
      await addProperty('Calle 2', 'Cali', garbled('Îlot Í Á ü Ü'));
      await addUser(garbled('peñón'), garbled('Íñigo'));
      await database.run('insert into status (id, name, label) values (20, ?, ?)', [
        garbled('señado'),
        garbled('Señal pagada'),
      ]);
      const { code, text } = await adoptCheck(database);
      expect(code).toBe(1);
      const [one, two, three] = [first, first + 1, first + 2];
      expect(findings(text).toSorted()).toEqual(
        [
          `property.address: 1, id ${one}`,
          `property.city: 2, id ${one}, ${two}`,
          `property.description: 2, id ${one}, ${three}`,
          'status.name: 1, id 20',
          'status.label: 1, id 20',
          'auth_user.username: 1, id 2',
          'auth_user.first_name: 1, id 2',
          'auth_user.last_name: 1, id 2',
          'auth_user.email: 1, id 2',
        ].toSorted(),
      );
      // No personal data except ids.
      expect(text).not.toMatch(/Ã±igo|peÃ/);

      for (const statement of repairs(text)) await database.run(statement);
      const repaired = await texts();
      expect(repaired).toEqual(expect.arrayContaining(good));
      expect(
        repaired.filter((row) => !good.some((old) => JSON.stringify(old) === JSON.stringify(row))),
      ).toEqual([
        { id: one, address: 'Nº 5 – Ático', city: 'Bogotá', description: '«El piñón», 300 m² a 5 €…' },
        { id: two, address: 'Calle 1', city: 'Ñeque Ö', description: null },
        { id: three, address: 'Calle 2', city: 'Cali', description: 'Îlot Í Á ü Ü' },
        { id: 20, name: 'señado', label: 'Señal pagada' },
        { id: 2, username: 'peñón', first_name: 'Íñigo', last_name: 'Íñigo', email: 'peñón@example.com' },
      ]);
      for (const [table, lines] of Object.entries(genuine))
        expect((await legacyBytes(database))[table]).toEqual(expect.arrayContaining(lines));
      expect(findings((await adoptCheck(database)).text)).toEqual([]);
    });
  },
);

describe('docs/adoption.md', () => {
  it(
    'contains the SQL that the check prints for a city; this SQL repairs the text, and emoji need a utf8mb4 column',
    async () => {
      await create('latin1');
      await addProperty('Calle 1', garbled('Bogotá'), garbled('Ático 😀'));
      const docs = readFileSync(new URL('../../docs/adoption.md', import.meta.url), 'utf8');
      const [, statement = ''] = /```sql repair\n([^]*?);\n```/.exec(docs) ?? [];
      const [, widen = ''] = /```sql widen\n([^]*?);\n```/.exec(docs) ?? [];
      const squeezed = (sql: string): string => sql.toLowerCase().replaceAll(/\s+/g, ' ').trim();
      const printed = repairs((await adoptCheck(database)).text);
      expect(printed.map(squeezed)).toContain(squeezed(statement));

      for (const sql of [statement, ...printed]) await database.run(sql);
      const shown = () => database.run('select city, description from property');
      expect(await shown()).toEqual([{ city: 'Bogotá', description: garbled('Ático 😀') }]);
      expect(findings((await adoptCheck(database)).text)).toEqual(['property.description: 1, id 1']);
      await database.run(widen);
      for (const sql of repairs((await adoptCheck(database)).text)) await database.run(sql);
      expect(await shown()).toEqual([{ city: 'Bogotá', description: 'Ático 😀' }]);
    },
    BUDGET_MS,
  );

  it(
    'the repair skips a username that another user has, and the check still reports it',
    async () => {
      await create('latin1');
      await addUser('josé', 'A');
      await addUser(garbled('josé'), 'B');
      for (const sql of repairs((await adoptCheck(database)).text)) await database.run(sql);
      expect(findings((await adoptCheck(database)).text)).toEqual(['auth_user.username: 1, id 2']);
    },
    BUDGET_MS,
  );
});
