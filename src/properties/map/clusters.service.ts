import { Injectable } from '@nestjs/common';
import { ClustersDto, type ClustersInput } from '../dto/clusters.dto.js';
import { PropertyCounter } from '../facets/property-counter.js';
import { PropertiesService } from '../read/properties.service.js';
import { StatusCatalogue } from '../read/status-catalogue.js';
import { toFilter } from '../search/filter.js';
import { clustersOf } from './clusters.js';

/** Joins the properties of a map that are close to each other. */
@Injectable()
export class ClustersService {
  constructor(
    private readonly counter: PropertyCounter,
    private readonly properties: PropertiesService,
    private readonly statuses: StatusCatalogue,
  ) {}

  /** @throws SearchBusy (503) when there are too many properties to read, and they are not in memory */
  async getClusters(input: ClustersInput): Promise<ClustersDto> {
    const { publicIds } = await this.statuses.get();
    const matching = await this.counter.findMatching(toFilter(input), publicIds);
    const clusters = await clustersOf(matching, input.zoom);
    const alone = clusters.filter(({ count }) => count === 1).map(({ id }) => id);
    return ClustersDto.from(clusters, await this.properties.findVisibleByIds(alone));
  }
}
