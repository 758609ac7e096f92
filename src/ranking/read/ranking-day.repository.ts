import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import { type DailyLikes, DAY_SECONDS } from '../model/score.js';
import type { Tables } from '../model/kysely-tables.js';

/** A day of a property: its current likes (`likes`, `weight`) and its like events. */
export interface DayRow extends DailyLikes {
  /** `YYYY-MM-DD` */
  date: string;
  likedEvents: number;
  unlikedEvents: number;
}

/** Queries of `ranking_day`. */
@Injectable()
export class RankingDayRepository extends SqlRepository<Tables> {
  /** All days of a property, the oldest first. */
  async findDays(id: number): Promise<DayRow[]> {
    const { rows } = await sql<DayRow>`
      select day as date, likes as likedEvents, unlikes as unlikedEvents, standing as likes, weight
      from ranking_day where property_id = ${id} order by day`.execute(this.db);
    return rows.map(toDay);
  }

  /**
   * The days of the visible properties among `ids`, by property id, the oldest first.
   * @param since the first day, `YYYY-MM-DD`
   */
  async findDaysOf(ids: readonly number[], since: string): Promise<Map<number, DayRow[]>> {
    if (ids.length === 0) return new Map();
    const { rows } = await sql<DayRow & { property_id: number }>`
      select p.id as property_id, d.day as date, likes as likedEvents, unlikes as unlikedEvents,
        standing as likes, weight
      from property p left join ranking_day d on d.property_id = p.id and d.day >= ${since}
      where p.id in (${sql.join(ids)}) and p.availability is not null order by p.id, d.day`.execute(this.db);
    const rowsById = Map.groupBy(rows, (row) => row.property_id);
    return new Map(
      [...rowsById].map(([id, days]) => [
        id,
        // The left join gives one row without a day to a property without days.
        days.filter((row) => (row.date as string | null) !== null).map(toDay),
      ]),
    );
  }
}

const toDay = (row: DayRow): DayRow => ({ ...row, day: Date.parse(row.date) / (DAY_SECONDS * 1_000) });
