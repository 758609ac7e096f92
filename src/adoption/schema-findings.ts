import type { AdoptionRepository, Column } from './adoption.repository.js';
import type { Finding } from './finding.js';

export const OLD_TABLES = ['property', 'status', 'status_history', 'auth_user', 'property_likes'];
/** Those that the foreign keys of new tables refer to. */
const PARENTS = new Set(['property', 'auth_user']);
const OURS: Readonly<Record<string, readonly string[]>> = {
  property: ['id', 'address', 'city', 'price', 'description', 'year'],
  status: ['id', 'name', 'label'],
  status_history: ['id', 'property_id', 'status_id', 'update_date'],
  property_likes: ['id', 'property_id', 'user_id', 'created_at'],
};

// MariaDB says 10.11.6-MariaDB, MySQL 9.7.0.
export function oldServer(version: string): Finding | null {
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

export function statementLog(format: string | null): Finding | null {
  return format === 'STATEMENT'
    ? {
        title: 'The binary log is of the format STATEMENT',
        lines: [
          'Transactions at READ COMMITTED, as the service has them, fail then (error 1665). It has to be ROW or MIXED.',
        ],
      }
    : null;
}

export async function foreignEngines(repository: AdoptionRepository): Promise<Finding | null> {
  const tables = await repository.tables();
  const foreign = OLD_TABLES.filter((name) => tables.has(name) && tables.get(name)!.engine !== 'InnoDB');
  return foreign.length > 0
    ? {
        title: `Not of the InnoDB engine: ${foreign.join(', ')}`,
        lines: foreign.map((name) => `alter table ${name} engine = InnoDB;`),
      }
    : null;
}

export function unlikeKeys(columns: readonly Column[]): Finding | null {
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

// Rows that this service writes have no value for them.
export function unknownColumns(columns: readonly Column[]): Finding | null {
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

export function selfChanging(columns: readonly Column[]): Finding | null {
  const changing = columns.filter(
    ({ table, name, changesItself }) => table === 'property' && name !== 'updated_at' && changesItself,
  );
  return changing.length > 0
    ? {
        title: `Columns of property that change whenever a row is written: ${changing.map(({ name }) => name).join(', ')}`,
        lines: [
          'The migration writes every home once, and the service those whose status changes: they will say so.',
        ],
      }
    : null;
}

export function characterSets(columns: readonly Column[]): Finding | null {
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
