import { createHash } from 'node:crypto';
import { OnlineMigration } from './online-migration.js';

const TABLES = ['ranking', 'ranking_week_ago'];
const WINDOWS = ['d1', 'd7', 'd30', 'd90', 'd365'];
/** Each list is sorted by these columns, before the id. */
const LISTS = [
  ['hot', 'total'],
  ['total'],
  ...WINDOWS.map((window) => [window, 'total_even']),
  ...WINDOWS.map((window) => [`${window}_odd`, 'total_odd']),
];
const ROWS_PER_UPDATE = 5_000;

interface ScopedRow {
  id: number;
  availability: string | null;
  city_key: string;
}

/**
 * A second set of window counts, which holds those of the next day before it begins, so that no row has to change at midnight.
 * In the sort indexes, numbers stand for availability and city: entries are half as long and quicker to compare.
 */
export class WindowsOfTwoDays extends OnlineMigration {
  override async up(): Promise<void> {
    await this.addMissing('ranking_state', {
      columns: { prepared_to: 'int null', written_version: 'bigint not null default 0' },
    });
    // The preparation reads the days of a range of properties.
    await this.dropIndex('ranking_day', 'ranking_day_day');
    for (const table of TABLES) {
      if (await this.hasIndex(table, `${table}_city_d365_odd`)) continue;
      await this.addMissing(table, {
        columns: {
          country_scope: 'smallint null',
          city_scope: 'bigint null',
          total_even: 'int not null default 0',
          ...(table === 'ranking_week_ago' ? { version: 'bigint not null default 0' } : {}),
          ...Object.fromEntries(
            [...WINDOWS, 'total'].map((column) => [`${column}_odd`, 'int not null default 0']),
          ),
        },
      });
      await this.#fill(table);
      // One statement: a list has its index at any time, and the rows are read once.
      await this.alter(table, [...WINDOWS.map(withDefault), ...LISTS.map(replaceIndexes(table))].join(', '));
    }
  }

  /** Copies the counts into both sets, and numbers the scopes. A worker rebuilds the ranking when others have written meanwhile. */
  async #fill(table: string): Promise<void> {
    const [state] = await this.select<{ version: number }>('select version from ranking_state');
    for (let after: number | undefined = 0; ;) {
      const rows: ScopedRow[] = await this.select<ScopedRow>(
        `select property_id as id, availability, city_key from ${table} where property_id > ? order by property_id limit ${ROWS_PER_UPDATE}`,
        [after],
      );
      after = rows.at(-1)?.id;
      if (after === undefined) break;
      // In this order: the server reads the JSON once, and each row by its key.
      await this.write(
        `update json_table(?, '$[*]' columns (id int path '$[0]', country smallint path '$[1]', city bigint path '$[2]')) s
        straight_join ${table} r on r.property_id = s.id
        set r.country_scope = s.country, r.city_scope = s.city, r.total_even = r.total, r.total_odd = r.total,
          ${WINDOWS.map((window) => `r.${window}_odd = r.${window}`).join(', ')}`,
        [JSON.stringify(rows.map((row) => [row.id, ...scopesOf(row)]))],
      );
    }
    if (table === 'ranking')
      await this.write('update ranking_state set written_version = ?', [state?.version ?? 0]);
  }
}

function scopesOf({ availability, city_key: key }: ScopedRow): [country: number | null, city: number | null] {
  if (availability === null) return [null, null];
  const hash = createHash('sha256').update(`${availability} ${key}`).digest('hex');
  return [availability === 'available' ? 1 : 2, Number.parseInt(hash.slice(0, 13), 16)];
}

const withDefault = (window: string): string => `alter column ${window} set default 0`;

const replaceIndexes =
  (table: string) =>
  (order: readonly string[]): string => {
    const [value] = order as [string];
    return ['country', 'city']
      .map((kind) => {
        const name = `${table}_${kind === 'city' ? 'city_' : ''}${value}`;
        const drop = value.endsWith('_odd') ? '' : `drop index ${name}, `;
        return `${drop}add key ${name} (${kind}_scope, ${order.join(', ')}, tie, status_id, property_type)`;
      })
      .join(', ');
  };
