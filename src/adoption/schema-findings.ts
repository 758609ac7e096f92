import type { AdoptionRepository } from './adoption.repository.js';
import type { Column } from './column.js';
import { type Finding, findingIf } from './finding.js';

export const OLD_TABLES = ['property', 'status', 'status_history', 'auth_user', 'property_likes'];
/** Tables that foreign keys of the new tables refer to. */
const REFERENCED_TABLES = new Set(['property', 'auth_user']);
/** The columns that this service fills when it inserts a row. */
const KNOWN_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  property: ['id', 'address', 'city', 'price', 'description', 'year'],
  status: ['id', 'name', 'label'],
  status_history: ['id', 'property_id', 'status_id', 'update_date'],
  property_likes: ['id', 'property_id', 'user_id', 'created_at'],
};

/** @param version such as `10.11.6-MariaDB` or `9.7.0` */
export function unsupportedServer(version: string): Finding[] {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const minimum = /mariadb/i.test(version) ? [10, 11] : [8, 4];
  const isTooOld = major < minimum[0]! || (major === minimum[0] && minor < minimum[1]!);
  return findingIf(isTooOld, `The server version is ${version}`, [
    'The service needs MySQL 8.4, MariaDB 10.11, or a newer version.',
  ]);
}

export function statementBinaryLog(format: string | null): Finding[] {
  return findingIf(format === 'STATEMENT', 'The binary log has the format STATEMENT', [
    'The service writes in READ COMMITTED transactions, which fail with this format (error 1665). Set it to ROW or MIXED.',
  ]);
}

export async function otherEngines(repository: AdoptionRepository): Promise<Finding[]> {
  const engines = await repository.engines();
  const others = OLD_TABLES.filter((name) => engines.has(name) && engines.get(name) !== 'InnoDB');
  return findingIf(
    others.length > 0,
    `Tables with another engine than InnoDB: ${others.join(', ')}`,
    others.map((name) => `alter table ${name} engine = InnoDB;`),
  );
}

export async function unreplicableTables(repository: AdoptionRepository): Promise<Finding[]> {
  const tables = await repository.unreplicableTables();
  return findingIf(
    tables.length > 0,
    `Tables that MySQL Group Replication refuses writes to: ${tables.map(({ name }) => name).join(', ')}`,
    tables.map(({ name, engine }) =>
      engine === 'InnoDB'
        ? `${name} needs a primary key, or a unique key of columns that are NOT NULL`
        : `${name} needs the engine InnoDB`,
    ),
  );
}

export function wrongKeyTypes(columns: readonly Column[]): Finding[] {
  const wrong = columns.filter(
    ({ table, name, type }) => name === 'id' && REFERENCED_TABLES.has(table) && !/^int(\(\d+\))?$/.test(type),
  );
  return findingIf(
    wrong.length > 0,
    'Keys of another type than int: foreign keys of the new tables cannot refer to them',
    wrong.map(({ table, type }) => `${table}.id is ${type}`),
  );
}

/** Columns that this service does not fill and that have no default: its inserts would fail. */
export function requiredUnknownColumns(columns: readonly Column[]): Finding[] {
  const required = columns.filter(
    ({ table, name, isNullable, hasDefault }) =>
      KNOWN_COLUMNS[table] && !KNOWN_COLUMNS[table].includes(name) && !isNullable && !hasDefault,
  );
  return findingIf(
    required.length > 0,
    'Columns that this service does not know and that require a value',
    required.map(({ table, name }) => `${table}.${name} needs a default, or must allow NULL`),
  );
}

export function autoUpdatedColumns(columns: readonly Column[]): Finding[] {
  const autoUpdated = columns.filter(
    ({ table, name, isAutoUpdated }) => table === 'property' && name !== 'updated_at' && isAutoUpdated === 1,
  );
  return findingIf(
    autoUpdated.length > 0,
    `Columns of property with ON UPDATE CURRENT_TIMESTAMP: ${autoUpdated.map(({ name }) => name).join(', ')}`,
    [
      'The migration writes every property once. The service writes a property when its status changes. Each write sets these columns.',
    ],
  );
}

export function narrowCharacterSets(columns: readonly Column[]): Finding[] {
  const narrow = columns.filter(
    ({ table, characterSet }) => table === 'property' && characterSet !== null && characterSet !== 'utf8mb4',
  );
  return findingIf(
    narrow.length > 0,
    `Columns with another character set than utf8mb4: ${narrow.map(({ name, characterSet }) => `property.${name} (${characterSet})`).join(', ')}`,
    ['The migration does not change them. The service refuses a text of staff that its column cannot store.'],
  );
}
