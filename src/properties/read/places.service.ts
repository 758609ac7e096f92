import { Injectable } from '@nestjs/common';
import { mostFrequent } from '../dto/facets.dto.js';
import type { FindPlacesInput, PlacesDto } from '../dto/places.dto.js';
import { PlaceRepository } from '../search/place.repository.js';
import { placeKey } from '../search-index/search-row.js';

const MOST = 10;

export interface City {
  /** See cityKey(). */
  key: string;
  /** Its most frequent spelling. */
  name: string;
  /** That are visible. */
  homes: number;
}

/** The places that homes are in: what a search box suggests, and the cities. */
@Injectable()
export class PlacesService {
  constructor(private readonly places: PlaceRepository) {}

  /** Every city that has visible homes. */
  async findCities(): Promise<City[]> {
    const cities = Map.groupBy(await this.places.findCities(), (row) => row.city_key);
    return [...cities].map(([key, names]) => ({
      key,
      name: mostFrequent(names),
      homes: names.reduce((sum, { homes }) => sum + homes, 0),
    }));
  }

  async findPlaces({ q }: FindPlacesInput): Promise<PlacesDto> {
    const found = await this.places.findByBeginning(placeKey(q), MOST);
    const names = await this.places.findNames(found);
    const nameOf = (cityKey: string, neighbourhoodKey: string): string =>
      mostFrequent(
        names.filter((row) => row.city_key === cityKey && row.neighbourhood_key === neighbourhoodKey),
      );
    return {
      items: found.map(({ city_key: cityKey, neighbourhood_key: key, homes }) => ({
        kind: key === '' ? 'city' : 'neighbourhood',
        name: nameOf(cityKey, key),
        city: nameOf(cityKey, '') || null,
        count: homes,
      })),
    };
  }
}
