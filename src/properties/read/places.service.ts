import { Injectable } from '@nestjs/common';
import { mostFrequent } from '../dto/facets.dto.js';
import type { FindPlacesInput, PlacesDto } from '../dto/places.dto.js';
import { PlaceRepository } from '../search/place.repository.js';
import { placeKey } from '../search-index/search-row.js';

const MAX_SUGGESTIONS = 10;

export interface City {
  /** Made by cityKey(). */
  key: string;
  /** The most frequent spelling. */
  name: string;
  /** How many visible properties the city has. */
  visibleProperties: number;
}

/** Cities and neighbourhoods of the visible properties. */
@Injectable()
export class PlacesService {
  constructor(private readonly places: PlaceRepository) {}

  /** Every city with visible properties. */
  async findCities(): Promise<City[]> {
    const cities = Map.groupBy(await this.places.findCities(), (row) => row.city_key);
    return [...cities].map(([key, names]) => ({
      key,
      name: mostFrequent(names),
      visibleProperties: names.reduce((sum, { homes }) => sum + homes, 0),
    }));
  }

  /** The places for a search box: those with a word that starts with `q`, most properties first. */
  async findPlaces({ q }: FindPlacesInput): Promise<PlacesDto> {
    const found = await this.places.findByPrefix(placeKey(q), MAX_SUGGESTIONS);
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
