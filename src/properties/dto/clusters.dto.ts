import { ApiSchema } from '@nestjs/swagger';
import { Decimals, Int, List, Nested } from '../../http/answer-fields.js';
import { IntField } from '../../http/fields.js';
import { type Cluster, MAX_CLUSTERS, MAX_ZOOM } from '../map/clusters.js';
import { BoxField, PropertyFilterInput } from './property-filter.input.js';
import { LocationDto, PropertyDto } from './property.dto.js';

export class ClustersInput extends PropertyFilterInput {
  @BoxField({ required: true })
  declare bbox: [west: number, south: number, east: number, north: number];

  @IntField({ min: 0, max: MAX_ZOOM, required: true, description: 'The zoom of a web map.', example: 12 })
  zoom: number;
}

@ApiSchema({ name: 'ClusterPrices' })
class ClusterPricesDto {
  @Int({ example: 95000000 })
  min: number;

  @Int({ example: 280000000 })
  median: number;

  @Int({ example: 690000000 })
  max: number;
}

@ApiSchema({ name: 'Cluster' })
class ClusterDto {
  @Nested(LocationDto, { description: 'The mean of the locations.' })
  location: LocationDto;

  @Int({ min: 1, example: 17 })
  count: number;

  @Decimals({ length: 4, description: 'The smallest box around the properties, `west,south,east,north`.' })
  bbox: [west: number, south: number, east: number, north: number];

  @Nested(ClusterPricesDto, { null: true, description: '`null`: no price is known.' })
  price: ClusterPricesDto | null;

  @Nested(PropertyDto, { null: true, description: 'The property when `count` is 1, else `null`.' })
  property: PropertyDto | null;
}

/** The properties of a search in the cells of a map. */
@ApiSchema({ name: 'Clusters' })
export class ClustersDto {
  @Int({ description: 'The sum of all counts: the properties of the list with this `bbox`.', example: 123 })
  total: number;

  @List(ClusterDto, { maxItems: MAX_CLUSTERS, description: 'The largest first.' })
  items: ClusterDto[];

  /** @param single the properties that are alone in their cluster, by id */
  static from(clusters: readonly Cluster[], single: ReadonlyMap<number, PropertyDto>): ClustersDto {
    return {
      total: clusters.reduce((sum, { count }) => sum + count, 0),
      items: clusters.map(({ location, count, box: { west, south, east, north }, price, id }) => ({
        location,
        count,
        bbox: [west, south, east, north],
        price,
        property: (count === 1 && single.get(id)) || null,
      })),
    };
  }
}
