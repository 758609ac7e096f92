import { emailKey } from '../accounts/account-email.entity.js';
import { canVerify } from '../accounts/passwords.js';
import { PUBLIC_STATUS_NAMES } from '../properties/status.js';
import type { AdoptionRepository, Column, StatusDispute } from './adoption.repository.js';

/** Something that was looked at. */
export interface Finding {
  /** A sentence. */
  title: string;
  /** What it is in particular, and what to do. */
  lines: readonly string[];
}

/** What a database needs before, and what is to be known of it. */
export interface Findings {
  /** Somebody has to decide or to mend something. */
  forPeople: Finding[];
  /** Nobody has to do anything. */
  notes: Finding[];
}

const OLD_TABLES = ['property', 'status', 'status_history', 'auth_user', 'property_likes'];
/** Those that the foreign keys of new tables refer to. */
const PARENTS = new Set(['property', 'auth_user']);
const OURS: Readonly<Record<string, readonly string[]>> = {
  property: ['id', 'address', 'city', 'price', 'description', 'year'],
  status: ['id', 'name', 'label'],
  status_history: ['id', 'property_id', 'status_id', 'update_date'],
  property_likes: ['id', 'property_id', 'user_id', 'created_at'],
};
const USERS = 10_000;
const SHOWN = 20;

/** Looks at a database that others have filled and go on using, and changes nothing. */
export async function checkAdoption(repository: AdoptionRepository): Promise<Findings> {
  const columns = await repository.columns(OLD_TABLES);
  const found: (Finding | null)[] = [
    oldServer(await repository.version()),
    statementLog(await repository.binaryLogFormat()),
    await foreignEngines(repository),
    unlikeKeys(columns),
    await missingStatuses(repository),
    unknownColumns(columns),
    ...(await disputes(repository)),
    listed(
      await repository.repeatedLikes(),
      'Rows of property_likes that repeat an older one of the same home and person',
      'The migration removes them and keeps the oldest of each; all stay in the like history (like_event). Save the table first if you want them back:',
    ),
    listed(
      await repository.orphanLikes(),
      'Rows of property_likes of a home or a person that is not there',
      'They are left alone, and never shown. Delete them if nobody needs them:',
    ),
    ...(await zeroDates(repository, columns)),
    ...(await users(repository)),
  ];
  return {
    forPeople: found.filter((finding) => finding !== null),
    notes: [characterSets(columns), ...ALWAYS].filter((finding) => finding !== null),
  };
}

const ALWAYS: readonly Finding[] = [
  {
    title: 'Look through the other programs for INSERT INTO property VALUES (…) without the names of columns',
    lines: [
      'With the added columns it fails (error 1136). Statements that name their columns go on working.',
    ],
  },
  {
    title: 'A second like of the same home by the same person is refused from now on (error 1062)',
    lines: [
      'A program that writes property_likes has to take that for “liked already”, or use INSERT IGNORE.',
    ],
  },
];

// MariaDB says 10.11.6-MariaDB, MySQL 9.7.0.
function oldServer(version: string): Finding | null {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const least = /mariadb/i.test(version) ? [10, 11] : [8, 4];
  const isOld = major < least[0]! || (major === least[0] && minor < least[1]!);
  return isOld
    ? {
        title: `The server is of version ${version}`,
        lines: ['It has to be MySQL 8.4 or MariaDB 10.11, or a newer one.'],
      }
    : null;
}

function statementLog(format: string | null): Finding | null {
  return format === 'STATEMENT'
    ? {
        title: 'The binary log is of the format STATEMENT',
        lines: [
          'Transactions at READ COMMITTED, as the service has them, fail then (error 1665). It has to be ROW or MIXED.',
        ],
      }
    : null;
}

async function foreignEngines(repository: AdoptionRepository): Promise<Finding | null> {
  const tables = await repository.tables();
  const foreign = OLD_TABLES.filter((name) => tables.has(name) && tables.get(name)!.engine !== 'InnoDB');
  return foreign.length > 0
    ? {
        title: `Not of the InnoDB engine: ${foreign.join(', ')}`,
        lines: foreign.map((name) => `alter table ${name} engine = InnoDB;`),
      }
    : null;
}

function unlikeKeys(columns: readonly Column[]): Finding | null {
  const unlike = columns.filter(
    ({ table, name, type }) => name === 'id' && PARENTS.has(table) && !/^int(\(\d+\))?$/.test(type),
  );
  return unlike.length > 0
    ? {
        title: 'Keys of another type than int: the foreign keys of new tables can not refer to them',
        lines: unlike.map(({ table, type }) => `${table}.id is ${type}`),
      }
    : null;
}

async function missingStatuses(repository: AdoptionRepository): Promise<Finding | null> {
  const names = await repository.statusNames();
  // As the database compares them.
  const known = new Set(names.map((name) => name.trimEnd().toLowerCase()));
  const missing = PUBLIC_STATUS_NAMES.filter((name) => !known.has(name));
  return names.length > 0 && missing.length > 0
    ? {
        title: `No row of status is named ${missing.join(', ')}`,
        lines: ['Homes are shown by these names. Those that are there:', names.join(', ')],
      }
    : null;
}

// Rows that this service writes have no value for them.
function unknownColumns(columns: readonly Column[]): Finding | null {
  const demanding = columns.filter(
    ({ table, name, isNullable, hasDefault }) =>
      OURS[table] && !OURS[table].includes(name) && !isNullable && !hasDefault,
  );
  return demanding.length > 0
    ? {
        title: 'Columns that this service does not know, and that must be given a value',
        lines: demanding.map(({ table, name }) => `${table}.${name} needs a default, or to be nullable`),
      }
    : null;
}

async function disputes(repository: AdoptionRepository): Promise<(Finding | null)[]> {
  const all = await repository.statusDisputes();
  const differing = all.filter((home) => home.by_date !== home.by_insertion);
  const ties = all.filter((home) => home.by_date === home.by_insertion && Number(home.is_tie) === 1);
  return [
    differing.length === 0
      ? null
      : {
          title: `${homes(differing)}: the status of the newest date is not the one that was written last`,
          lines: [
            'The newest date decides here. A program that takes the highest id shows:',
            ...byPair(differing),
          ],
        },
    ties.length === 0
      ? null
      : {
          title: `${homes(ties)}: several statuses have the newest date`,
          lines: ['The highest id of them decides:', ...byPair(ties)],
        },
  ];
}

function byPair(disputed: readonly StatusDispute[]): string[] {
  const named = (name: string): string => name || '(without a name)';
  const groups = Map.groupBy(disputed, ({ by_date: here, by_insertion: there }) =>
    here === there ? named(here) : `${named(there)}, where this service shows ${named(here)}`,
  );
  return [...groups].map(([pair, group]) => `${pair}: ${some(group.map((home) => home.property_id))}`);
}

const homes = (list: readonly unknown[]): string => (list.length === 1 ? '1 home' : `${list.length} homes`);

async function zeroDates(
  repository: AdoptionRepository,
  columns: readonly Column[],
): Promise<(Finding | null)[]> {
  const found: (Finding | null)[] = [];
  for (const column of columns.filter(({ type }) => /^(date|timestamp)/.test(type))) {
    const ids = await repository.zeroDates(column);
    const what = `Rows of ${column.table} without a date in ${column.name} (0000-00-00)`;
    const consequence =
      column.table === 'auth_user'
        ? 'This service does not show it.'
        : 'They count as older than everything else, and are shown as 0001-01-01.';
    found.push(listed(ids, what, `${consequence} Give them a date if it is known:`));
  }
  return found;
}

async function users(repository: AdoptionRepository): Promise<(Finding | null)[]> {
  const locked: number[] = [];
  const shared: number[] = [];
  const emails = new Set<string>();
  for (let after = 0; ;) {
    const part = await repository.users(after, USERS);
    for (const { id, email, password } of part) {
      // Django writes ! for those who are not to sign in.
      if (!canVerify(password) && !password.startsWith('!')) locked.push(id);
      const key = emailKey(email);
      if (key !== '' && emails.has(key)) shared.push(id);
      emails.add(key);
    }
    const last = part.at(-1);
    if (!last) break;
    after = last.id;
  }
  return [
    listed(
      locked,
      'Users who can not sign in, with passwords that are not of the form pbkdf2_sha256$…',
      'They need new ones, by the site that they were registered on:',
    ),
    listed(
      shared,
      'Users with an email that an older one has, too',
      'They go on signing in by their names; new accounts can not take a taken email:',
    ),
  ];
}

function characterSets(columns: readonly Column[]): Finding | null {
  const narrow = columns.filter(
    ({ table, characterSet }) => table === 'property' && characterSet !== null && characterSet !== 'utf8mb4',
  );
  return narrow.length > 0
    ? {
        title: `Of another character set than utf8mb4: ${narrow.map(({ name, characterSet }) => `property.${name} (${characterSet})`).join(', ')}`,
        lines: ['They stay so. What staff write there and it can not hold is refused.'],
      }
    : null;
}

/** @param what in the plural */
function listed(ids: readonly number[], what: string, sentence: string): Finding | null {
  return ids.length > 0 ? { title: `${what}: ${ids.length}`, lines: [`${sentence} id ${some(ids)}`] } : null;
}

function some(ids: readonly number[]): string {
  const more = ids.length - SHOWN;
  return `${ids.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
