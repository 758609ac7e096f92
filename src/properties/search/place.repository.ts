import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';

/** One spelling of a city or neighbourhood. */
export interface PlaceNameRow {
  city_key: string;
  /** '' is the city itself. */
  neighbourhood_key: string;
  name: string;
  /** How many visible properties have this spelling. */
  homes: number;
}

/** Reads the places of visible properties. */
@Injectable()
export class PlaceRepository extends SqlRepository {
  /**
   * Finds places with visible properties by the beginning of a word of their names, most properties first.
   * @param prefix folded words, separated by single blanks, see `placeKey()`
   */
  async findByPrefix(
    prefix: string,
    limit: number,
  ): Promise<Pick<PlaceNameRow, 'city_key' | 'neighbourhood_key' | 'homes'>[]> {
    const { rows } = await sql<PlaceNameRow>`
      select place.city_key, place.neighbourhood_key, sum(name.homes) as homes
      from (
        select distinct city_key, neighbourhood_key from place_term where term like ${`${prefix}%`}
      ) place
      join place_name name
        on name.city_key = place.city_key and name.neighbourhood_key = place.neighbourhood_key
      group by place.city_key, place.neighbourhood_key
      having homes > 0
      order by homes desc, place.city_key, place.neighbourhood_key
      limit ${limit}`.execute(this.db);
    return rows;
  }

  /** All spellings of the cities that have visible properties. */
  async findCities(): Promise<PlaceNameRow[]> {
    const { rows } = await sql<PlaceNameRow>`
      select city_key, neighbourhood_key, name, homes from place_name
      where neighbourhood_key = '' and homes > 0`.execute(this.db);
    return rows;
  }

  /** All spellings of `places` and of their cities. */
  async findNames(
    places: readonly { city_key: string; neighbourhood_key: string }[],
  ): Promise<PlaceNameRow[]> {
    if (places.length === 0) return [];
    const isPlaceOrCity = places.map(
      (place) =>
        sql`(city_key = ${place.city_key} and neighbourhood_key in ('', ${place.neighbourhood_key}))`,
    );
    const { rows } = await sql<PlaceNameRow>`
      select city_key, neighbourhood_key, name, homes from place_name
      where homes > 0 and (${sql.join(isPlaceOrCity, sql` or `)})`.execute(this.db);
    return rows;
  }
}
