import { EntityRepository } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import type { RankingDay } from '../model/ranking.entity.js';
import { DAY_SECONDS, type DayOfLikes } from '../model/score.js';
import type { Tables } from '../model/kysely-tables.js';

/** A day of a home; `likes` are those that stand. */
export interface DayRow extends DayOfLikes {
  /** `YYYY-MM-DD` */
  date: string;
  made: number;
  takenBack: number;
}

/** The days of homes. */
export class RankingDayRepository extends EntityRepository<RankingDay> {
  get #db(): Kysely<Tables> {
    return this.getEntityManager().getKysely<Tables>();
  }

  /** All days of a home, the first first. */
  async findDays(id: number): Promise<DayRow[]> {
    const { rows } = await sql<DayRow>`
      select day as date, likes as made, unlikes as takenBack, standing as likes, weight
      from ranking_day where property_id = ${id} order by day`.execute(this.#db);
    return rows.map(toDay);
  }

  /** The days from `since` on, `YYYY-MM-DD`, of those of these homes that are visible. */
  async findDaysOf(ids: readonly number[], since: string): Promise<Map<number, DayRow[]>> {
    if (ids.length === 0) return new Map();
    const { rows } = await sql<DayRow & { property_id: number }>`
      select p.id as property_id, d.day as date, likes as made, unlikes as takenBack, standing as likes, weight
      from property p left join ranking_day d on d.property_id = p.id and d.day >= ${since}
      where p.id in (${sql.join(ids)}) and p.availability is not null order by p.id, d.day`.execute(this.#db);
    const days = Map.groupBy(rows, (row) => row.property_id);
    return new Map(
      [...days].map(([id, ofHome]) => [
        id,
        ofHome.filter((row) => (row.date as string | null) !== null).map(toDay),
      ]),
    );
  }
}

const toDay = (row: DayRow): DayRow => ({ ...row, day: Date.parse(row.date) / (DAY_SECONDS * 1_000) });
