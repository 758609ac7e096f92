import type { AdoptionRepository } from './adoption.repository.js';
import type { Column } from './column.js';
import type { Finding } from './finding.js';

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
export function unsupportedServer(version: string): Finding | null {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const minimum = /mariadb/i.test(version) ? [10, 11] : [8, 4];
  const isTooOld = major < minimum[0]! || (major === minimum[0] && minor < minimum[1]!);
  return isTooOld
    ? {
        title: `The server version is ${version}`,
        lines: ['The service needs MySQL 8.4, MariaDB 10.11, or a newer version.'],
      }
    : null;
}

export function statementBinaryLog(format: string | null): Finding | null {
  return format === 'STATEMENT'
    ? {
        title: 'The binary log has the format STATEMENT',
        lines: [
          'The service writes in READ COMMITTED transactions, which fail with this format (error 1665). Set it to ROW or MIXED.',
        ],
      }
    : null;
}

export async function otherEngines(repository: AdoptionRepository): Promise<Finding | null> {
  const tables = await repository.tables();
  const others = OLD_TABLES.filter((name) => tables.has(name) && tables.get(name)!.engine !== 'InnoDB');
  return others.length > 0
    ? {
        title: `Tables with another engine than InnoDB: ${others.join(', ')}`,
        lines: others.map((name) => `alter table ${name} engine = InnoDB;`),
      }
    : null;
}

export function wrongKeyTypes(columns: readonly Column[]): Finding | null {
  const wrong = columns.filter(
    ({ table, name, type }) => name === 'id' && REFERENCED_TABLES.has(table) && !/^int(\(\d+\))?$/.test(type),
  );
  return wrong.length > 0
    ? {
        title: 'Keys of another type than int: foreign keys of the new tables cannot refer to them',
        lines: wrong.map(({ table, type }) => `${table}.id is ${type}`),
      }
    : null;
}

/** Columns that this service does not fill and that have no default: its inserts would fail. */
export function requiredUnknownColumns(columns: readonly Column[]): Finding | null {
  const required = columns.filter(
    ({ table, name, isNullable, hasDefault }) =>
      KNOWN_COLUMNS[table] && !KNOWN_COLUMNS[table].includes(name) && !isNullable && !hasDefault,
  );
  return required.length > 0
    ? {
        title: 'Columns that this service does not know and that require a value',
        lines: required.map(({ table, name }) => `${table}.${name} needs a default, or must allow NULL`),
      }
    : null;
}

export function autoUpdatedColumns(columns: readonly Column[]): Finding | null {
  const autoUpdated = columns.filter(
    ({ table, name, isAutoUpdated }) => table === 'property' && name !== 'updated_at' && isAutoUpdated,
  );
  return autoUpdated.length > 0
    ? {
        title: `Columns of property with ON UPDATE CURRENT_TIMESTAMP: ${autoUpdated.map(({ name }) => name).join(', ')}`,
        lines: [
          'The migration writes every property once. The service writes a property when its status changes. Each write sets these columns.',
        ],
      }
    : null;
}

export function narrowCharacterSets(columns: readonly Column[]): Finding | null {
  const narrow = columns.filter(
    ({ table, characterSet }) => table === 'property' && characterSet !== null && characterSet !== 'utf8mb4',
  );
  return narrow.length > 0
    ? {
        title: `Columns with another character set than utf8mb4: ${narrow.map(({ name, characterSet }) => `property.${name} (${characterSet})`).join(', ')}`,
        lines: [
          'The migration does not change them. The service refuses a text of staff that its column cannot store.',
        ],
      }
    : null;
}
