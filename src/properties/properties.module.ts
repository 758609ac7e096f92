import { Module } from '@nestjs/common';
import { ListingsService } from './write/listings.service.js';
import { PlacesController } from './read/places.controller.js';
import { PlacesService } from './read/places.service.js';
import { PropertiesController } from './read/properties.controller.js';
import { PropertiesService } from './read/properties.service.js';
import { PropertyEditingController } from './staff/property-editing.controller.js';
import { PropertyEditingService } from './staff/property-editing.service.js';
import { DerivedDataRefresh } from './write/derived-data-refresh.js';
import { ListingRepository } from './write/listing.repository.js';
import { PropertyEditingRepository } from './staff/property-editing.repository.js';
import { PropertyRepository } from './read/property.repository.js';
import { PropertyViews } from './read/property-views.service.js';
import { PriceHistoryController } from './read/price-history.controller.js';
import { PriceHistoryRepository } from './read/price-history.repository.js';
import { PriceHistoryService } from './read/price-history.service.js';
import { PriceLog } from './search-index/price-log.js';
import { SearchWriter } from './search-index/search-writer.js';
import { ColumnRepository } from './facets/column.repository.js';
import { FacetRepository } from './facets/facet.repository.js';
import { LoadedColumns } from './facets/loaded-columns.js';
import { NewestPagesRepository } from './facets/newest-pages.repository.js';
import { PropertyCounter } from './facets/property-counter.js';
import { ChangePurge } from './changes/change-purge.js';
import { ChangeRepository } from './changes/change.repository.js';
import { ChangeWaiters } from './changes/change-waiters.js';
import { ChangesController } from './changes/changes.controller.js';
import { ChangesService } from './changes/changes.service.js';
import { ClustersController } from './map/clusters.controller.js';
import { ClustersService } from './map/clusters.service.js';
import { NewPropertiesRepository } from './saved/new-properties.repository.js';
import { SavedSearchRepository } from './saved/saved-search.repository.js';
import { SavedSearchesController } from './saved/saved-searches.controller.js';
import { SavedSearchesService } from './saved/saved-searches.service.js';
import { StatisticsController } from './statistics/statistics.controller.js';
import { StatisticsService } from './statistics/statistics.service.js';
import { PlaceRepository } from './search/place.repository.js';
import { RelevanceRepository } from './search/relevance.repository.js';
import { SearchThrottle } from './search/throttle.js';
import { SearchRepository } from './search/search.repository.js';
import { Selectivity } from './search/selectivity.js';
import { SimilarRepository } from './search/similar.repository.js';
import { StatusCatalogue } from './read/status-catalogue.js';

const EXPORTED = [
  PropertiesService,
  ListingsService,
  PlacesService,
  PriceHistoryService,
  ClustersService,
  StatisticsService,
  PropertyEditingService,
  StatusCatalogue,
  DerivedDataRefresh,
  SearchWriter,
  ChangesService,
  ChangePurge,
  SavedSearchesService,
];

@Module({
  providers: [
    ...EXPORTED,
    PropertyViews,
    PropertyRepository,
    PriceLog,
    PriceHistoryRepository,
    ListingRepository,
    PropertyEditingRepository,
    SearchRepository,
    RelevanceRepository,
    FacetRepository,
    ColumnRepository,
    LoadedColumns,
    NewestPagesRepository,
    PropertyCounter,
    ChangeRepository,
    ChangeWaiters,
    NewPropertiesRepository,
    SavedSearchRepository,
    PlaceRepository,
    SimilarRepository,
    SearchThrottle,
    Selectivity,
  ],
  exports: EXPORTED,
})
export class PropertiesModule {}

@Module({
  imports: [PropertiesModule],
  controllers: [
    PropertiesController,
    PriceHistoryController,
    ClustersController,
    StatisticsController,
    PropertyEditingController,
    PlacesController,
    ChangesController,
    SavedSearchesController,
  ],
})
export class PropertiesRoutes {}
