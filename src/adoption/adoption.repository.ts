import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { isMissingObject } from '../database/server-errors.js';
import { SqlRepository } from '../database/sql-repository.js';
import type { Column, TextColumn } from './column.js';
import { garbledCondition } from './garbled-text.js';

/** A property with several statuses at its newest date, or with another status in the row that was inserted last. */
export interface StatusDispute {
  property_id: number;
  /** Names of statuses. */
  by_date: string;
  by_insertion: string;
  /** 1 when several statuses have the newest date. */
  is_tie: number;
}

/** The newest date of a column. */
export interface NewestDate {
  column: string;
  date: string;
  /** In the zone of DATABASE_TIMEZONE; negative: in the future; null: not a valid date. */
  minutesAgo: number | null;
}

export interface UnreplicableTable {
  name: string;
  engine: string | null;
}

/** The number of rows that match, and the first ids. */
export interface FoundRows {
  count: number;
  ids: number[];
}

/** Reads what the check needs. A missing table or column counts as empty: the migration plan reports it. */
@Injectable()
export class AdoptionRepository extends SqlRepository {
  async version(): Promise<string> {
    const [row] = await this.#rows<{ version: string }>(sql`select version() as version`);
    return row?.version ?? '';
  }

  /** `@@binlog_format`; null when the binary log is off. */
  async binaryLogFormat(): Promise<string | null> {
    const [row] = await this.#rows<{ format: string | null }>(sql`
      select if(@@log_bin, @@binlog_format, null) as format`);
    return row?.format ?? null;
  }

  /** The storage engine of each table, by name. */
  async engines(): Promise<Map<string, string | null>> {
    const rows = await this.#rows<{ name: string; engine: string | null }>(sql`
      select table_name as name, engine as engine from information_schema.tables where table_schema = database()`);
    return new Map(rows.map(({ name, engine }) => [name, engine]));
  }

  /** The tables that MySQL Group Replication refuses writes to. */
  unreplicableTables(): Promise<UnreplicableTable[]> {
    return this.#rows<UnreplicableTable>(sql`
      select t.table_name as name, t.engine as engine from information_schema.tables t
      where t.table_schema = database() and t.table_type = 'BASE TABLE' and (t.engine <> 'InnoDB' or not exists (
        select 1 from information_schema.statistics s
        where s.table_schema = t.table_schema and s.table_name = t.table_name and s.non_unique = 0
        group by s.index_name having max(s.nullable = 'YES') = 0
      ))
      order by t.table_name`);
  }

  /** Whether the server has the plugin of MySQL Group Replication. */
  async hasGroupReplication(): Promise<boolean> {
    const rows = await this.#rows(sql`
      select 1 as is_active from information_schema.plugins
      where plugin_name = 'group_replication' and plugin_status = 'ACTIVE'`);
    return rows.length > 0;
  }

  columns(tables: readonly string[]): Promise<Column[]> {
    return this.#rows<Column>(sql`
      select table_name as ${sql.id('table')}, column_name as name, column_type as type, is_nullable = 'YES' as isNullable,
        column_default is not null or lower(extra) regexp 'auto_increment|generated' as hasDefault,
        lower(extra) like '%on update%' as isAutoUpdated, character_set_name as characterSet
      from information_schema.columns where table_schema = database() and table_name in (${sql.join(tables)})
      order by table_name, ordinal_position`);
  }

  async statusNames(): Promise<string[]> {
    const rows = await this.#rows<{ name: string }>(sql`
      select coalesce(name, '') as name from status order by id`);
    return rows.map(({ name }) => name);
  }

  statusDisputes(): Promise<StatusDispute[]> {
    return this.#rows<StatusDispute>(sql`
      select property_id, d.name as by_date, i.name as by_insertion, is_tie from (
        select property_id,
          max(case when by_date = 1 then status_id end) as date_id,
          max(case when by_insertion = 1 then status_id end) as insertion_id,
          count(distinct case when update_date = newest then status_id end) > 1 as is_tie
        from (
          select property_id, status_id, update_date,
            row_number() over (partition by property_id order by update_date desc, id desc) as by_date,
            row_number() over (partition by property_id order by id desc) as by_insertion,
            max(update_date) over (partition by property_id) as newest
          from status_history
        ) ranked group by property_id
      ) statuses
      join status d on d.id = date_id join status i on i.id = insertion_id
      where date_id <> insertion_id or is_tie
      order by property_id`);
  }

  /** The ids of likes that repeat an older like of the same property and user. A like without a time counts as the newest. */
  async repeatedLikes(): Promise<number[]> {
    const rows = await this.#rows<{ id: number }>(sql`
      select id from (
        select id, row_number() over (partition by property_id, user_id
          order by coalesce(nullif(created_at, '0000-00-00 00:00:00'), '9999-12-31 23:59:59'), id) as nth
        from property_likes where user_id is not null and property_id is not null
      ) counted where nth > 1 order by id`);
    return rows.map(({ id }) => id);
  }

  /** The ids of likes whose property or user does not exist. */
  async orphanLikes(): Promise<number[]> {
    const rows = await this.#rows<{ id: number }>(sql`
      select l.id from property_likes l
      left join property p on p.id = l.property_id left join auth_user u on u.id = l.user_id
      where p.id is null or u.id is null order by l.id`);
    return rows.map(({ id }) => id);
  }

  /** The ids of rows with an invalid date: day or month 0, or a day that the month does not have. */
  async zeroDates(column: Column): Promise<number[]> {
    const date = sql.id(column.name);
    const rows = await this.#rows<{ id: number }>(sql`
      select id from ${sql.id(column.table)} where month(${date}) = 0 or dayofmonth(${date}) = 0
        or (${date} is not null and last_day(${date}) is null) order by id`);
    return rows.map(({ id }) => id);
  }

  /** The next batch of users with ids above `after`, by id. */
  users(after: number, limit: number): Promise<{ id: number; email: string; password: string }[]> {
    return this.#rows(sql`
      select id, email, password from auth_user where id > ${after} order by id limit ${limit}`);
  }

  /** Rows with UTF-8 text that was read as latin1. Reads the whole table once. */
  async garbledTexts(column: TextColumn, limit: number): Promise<FoundRows> {
    const rows = await this.#rows<{ id: number; total: number }>(sql`
      select id, count(*) over () as total from ${sql.id(column.table)} where ${sql.raw(garbledCondition(column))}
      order by id limit ${limit}`);
    return { count: rows[0]?.total ?? 0, ids: rows.map(({ id }) => id) };
  }

  /** The newest dates of `status_history` and `property_likes`; a table without rows has none. */
  async newestDates(): Promise<NewestDate[]> {
    const found: NewestDate[] = [];
    for (const column of ['status_history.update_date', 'property_likes.created_at']) {
      const [table = '', name = ''] = column.split('.');
      const rows = await this.#rows<{ date: string | null; minutesAgo: number | null }>(sql`
        select cast(newest as char(19)) as date, timestampdiff(minute, newest, now()) as minutesAgo
        from (select max(${sql.id(name)}) as newest from ${sql.id(table)}) dates`);
      for (const { date, minutesAgo } of rows) if (date !== null) found.push({ column, date, minutesAgo });
    }
    return found;
  }

  async #rows<Row>(statement: RawBuilder<unknown>): Promise<Row[]> {
    try {
      return (await statement.execute(this.db)).rows as Row[];
    } catch (error) {
      if (isMissingObject(error)) return [];
      throw error;
    }
  }
}
