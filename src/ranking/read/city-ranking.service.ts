import { Injectable } from '@nestjs/common';
import { PlacesService } from '../../properties/read/places.service.js';
import { PropertiesService } from '../../properties/read/properties.service.js';
import { PUBLIC_STATUS_NAMES } from '../../properties/model/status.js';
import type { CityRankingDto } from './dto/ranking.dto.js';
import type { CityRankingInput } from './dto/ranking.input.js';
import { RankingSnapshots } from './ranking-snapshot.js';
import { CityRankingRepository } from './city-ranking.repository.js';
import { RankingService } from './ranking.service.js';

@Injectable()
export class CityRankingService {
  constructor(
    private readonly rankings: RankingService,
    private readonly snapshots: RankingSnapshots,
    private readonly ranking: CityRankingRepository,
    private readonly places: PlacesService,
    private readonly properties: PropertiesService,
  ) {}

  /** Compares all cities that have visible properties by the likes of a window. */
  async compare({ window }: CityRankingInput): Promise<CityRankingDto> {
    const snapshot = await this.snapshots.current();
    const query = await this.rankings.queryOf(
      { by: 'likes', window, status: [...PUBLIC_STATUS_NAMES] },
      snapshot,
    );
    const cities = (await this.places.findCities()).filter(({ key }) => key !== '');
    const keys = cities.map(({ key }) => key);
    const { likes, best } = await this.snapshots.remember(
      snapshot.version,
      ['cities', query.sortColumn],
      async () => {
        const counts = await this.ranking.countByCity(query, keys);
        return { likes: counts, best: await this.ranking.findBest(query, [...counts.keys()]) };
      },
    );
    const topProperties = await this.properties.findVisibleByIds([...best.values()]);
    const items = cities.map(({ key, name, visibleProperties }) => {
      const count = likes.get(key) ?? 0;
      return {
        city: name,
        visibleProperties,
        likes: count,
        likesPerProperty: count / visibleProperties,
        topProperty: topProperties.get(best.get(key) ?? 0) ?? null,
      };
    });
    return {
      asOf: new Date(snapshot.asOf).toISOString(),
      items: items.toSorted((a, b) => b.likes - a.likes || (a.city < b.city ? -1 : 1)),
    };
  }
}
