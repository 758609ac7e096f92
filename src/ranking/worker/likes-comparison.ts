import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import type { Tables } from '../model/kysely-tables.js';
import { type DaysToRead, LikesReader } from './likes-reader.js';
import {
  type DerivedRows,
  deriveRows,
  type PropertyColumns,
  type ScoreParameters,
  type StoredDay,
  type TableRow,
  type UntrustedLikes,
} from './ranking-rows.js';
import { diffRows, type RowDiff } from './row-diff.js';

export interface StoredRows {
  now: TableRow[];
  weekAgo: TableRow[];
  days: TableRow[];
}

const NO_UNTRUSTED_LIKES: UntrustedLikes = { count: 0, nextAt: null };

interface Comparison {
  /** The given properties that exist. */
  existing: number[];
  stored: StoredRows;
  now: RowDiff;
  weekAgo: RowDiff;
  days: RowDiff;
  /** The popularity to store in `property_search`, where it differs. */
  popularity: Map<number, number | null>;
  /** Properties where anything but `due_at` differs. */
  changed: Set<number>;
}

type PropertyRow = PropertyColumns & { popularity: number | null };
type DerivedProperty = DerivedRows & { id: number; storedPopularity: number | null };

/** Compares stored ranking rows with the rows that the current likes give. Writes nothing. */
@Injectable()
export class LikesComparison extends SqlRepository<Tables> {
  constructor(
    em: EntityManager,
    private readonly likes: LikesReader,
  ) {
    super(em);
  }

  async compare(daysById: ReadonlyMap<number, DaysToRead>, parameters: ScoreParameters): Promise<Comparison> {
    const ids = [...daysById.keys()];
    const stored: StoredRows = {
      now: await this.#findRows('ranking', ids),
      weekAgo: await this.#findRows('ranking_week_ago', ids),
      days: await this.#findRows('ranking_day', ids),
    };
    const properties = await this.#findProperties(ids);
    const derived = await this.#derive(properties, daysById, stored, parameters);
    const now = diffRows(
      stored.now,
      derived.map((property) => property.now).filter((row) => row !== null),
    );
    const weekAgo = diffRows(
      stored.weekAgo,
      derived.map((property) => property.weekAgo).filter((row) => row !== null),
    );
    const days = diffRows(
      stored.days,
      derived.flatMap((property) => property.days),
    );
    const popularity = new Map(
      derived
        .filter((property) => property.popularity !== property.storedPopularity)
        .map((property) => [property.id, property.popularity]),
    );
    const changed = new Set([
      ...now.changedIds,
      ...weekAgo.changedIds,
      ...days.changedIds,
      ...popularity.keys(),
    ]);
    return { existing: derived.map(({ id }) => id), stored, now, weekAgo, days, popularity, changed };
  }

  async #derive(
    properties: readonly PropertyRow[],
    daysById: ReadonlyMap<number, DaysToRead>,
    stored: StoredRows,
    parameters: ScoreParameters,
  ): Promise<DerivedProperty[]> {
    const ranked = new Set(stored.now.map((row) => Number(row['property_id'])));
    // A property without a `ranking` row has no stored days to rely on.
    const daysToRead = new Map(
      [...daysById].map(([id, days]) => [id, ranked.has(id) ? days : 'all'] as const),
    );
    const storedDays = stored.days as unknown as StoredDay[];
    const { likes, untrusted, events } = await this.likes.read(daysToRead, storedDays, parameters);
    return properties.map((property) => {
      const { property_id: id, popularity: storedPopularity } = property;
      return {
        id,
        storedPopularity,
        ...deriveRows(
          property,
          likes.get(id) ?? [],
          untrusted.get(id) ?? NO_UNTRUSTED_LIKES,
          events.get(id) ?? [],
          parameters,
        ),
      };
    });
  }

  /** The properties among `ids` that exist. */
  async #findProperties(ids: readonly number[]): Promise<PropertyRow[]> {
    const { rows } = await sql<PropertyRow>`
    select p.id as property_id, s.availability, coalesce(s.city_key, '') as city_key, s.status_id,
      coalesce(s.property_type, '') as property_type, s.popularity
    from property p left join property_search s on s.property_id = p.id
    where p.id in (${sql.join(ids)})`.execute(this.db);
    return rows;
  }

  async #findRows(
    table: 'ranking' | 'ranking_week_ago' | 'ranking_day',
    ids: readonly number[],
  ): Promise<TableRow[]> {
    const { rows } = await sql<TableRow>`
    select * from ${sql.table(table)} where property_id in (${sql.join(ids)})`.execute(this.db);
    return rows;
  }
}
