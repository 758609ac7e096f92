import { Injectable } from '@nestjs/common';
import { PlacesService } from '../../properties/read/places.service.js';
import { PropertiesService } from '../../properties/read/properties.service.js';
import { PUBLIC_STATUS_NAMES } from '../../properties/model/status.js';
import type { CityRankingDto } from './dto/ranking.dto.js';
import type { CityRankingInput } from './dto/ranking.input.js';
import { RankingSnapshots } from './ranking-snapshot.js';
import { RankingService } from './ranking.service.js';

/** Cities side by side. */
@Injectable()
export class CityRankingService {
  constructor(
    private readonly rankings: RankingService,
    private readonly moments: RankingSnapshots,
    private readonly places: PlacesService,
    private readonly properties: PropertiesService,
  ) {}

  async compare({ window }: CityRankingInput): Promise<CityRankingDto> {
    const moment = await this.moments.now();
    const query = await this.rankings.queryOf(
      { by: 'likes', window, status: [...PUBLIC_STATUS_NAMES] },
      moment,
    );
    const { likes, best } = await this.moments.remember(
      moment.version,
      ['cities', query.list],
      async (ranking) => {
        const counts = await ranking.countByCity(query);
        return { likes: counts, best: await ranking.findBest(query, [...counts.keys()]) };
      },
    );
    const homes = await this.properties.findVisible([...best.values()]);
    const cities = (await this.places.findCities()).filter(({ key }) => key !== '');
    const items = cities.map(({ key, name, homes: visibleProperties }) => {
      const count = likes.get(key) ?? 0;
      return {
        city: name,
        visibleProperties,
        likes: count,
        likesPerProperty: count / visibleProperties,
        topProperty: homes.get(best.get(key) ?? 0) ?? null,
      };
    });
    return {
      asOf: new Date(moment.asOf).toISOString(),
      items: items.toSorted((a, b) => b.likes - a.likes || (a.city < b.city ? -1 : 1)),
    };
  }
}
