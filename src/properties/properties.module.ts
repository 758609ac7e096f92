import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ListingsService } from './write/listings.service.js';
import { PlacesController } from './read/places.controller.js';
import { PlacesService } from './read/places.service.js';
import { PropertiesController } from './read/properties.controller.js';
import { PropertiesService } from './read/properties.service.js';
import { PropertyEditingController } from './staff/property-editing.controller.js';
import { PropertyEditingService } from './staff/property-editing.service.js';
import { Property } from './model/property.entity.js';
import { FacetRepository } from './search/facet.repository.js';
import { PlaceRepository } from './search/place.repository.js';
import { RelevanceRepository } from './search/relevance.repository.js';
import { SearchThrottle } from './search/throttle.js';
import { SearchRepository } from './search/search.repository.js';
import { Selectivity } from './search/selectivity.js';
import { SimilarRepository } from './search/similar.repository.js';
import { StatusCatalogue } from './read/status-catalogue.js';

@Module({
  imports: [MikroOrmModule.forFeature([Property])],
  controllers: [PropertiesController, PropertyEditingController, PlacesController],
  providers: [
    PropertiesService,
    PropertyEditingService,
    PlacesService,
    ListingsService,
    StatusCatalogue,
    SearchRepository,
    RelevanceRepository,
    FacetRepository,
    PlaceRepository,
    SimilarRepository,
    SearchThrottle,
    Selectivity,
  ],
  exports: [PropertiesService, ListingsService, PlacesService, StatusCatalogue],
})
export class PropertiesModule {}
