import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ListingsService } from './listings.service.js';
import { PlacesController } from './places.controller.js';
import { PlacesService } from './places.service.js';
import { PropertiesController } from './properties.controller.js';
import { PropertiesService } from './properties.service.js';
import { PropertyEditingController } from './property-editing.controller.js';
import { PropertyEditingService } from './property-editing.service.js';
import { Property } from './property.entity.js';
import { FacetRepository } from './search/facet.repository.js';
import { PlaceRepository } from './search/place.repository.js';
import { RelevanceRepository } from './search/relevance.repository.js';
import { SearchLoad } from './search/search-load.js';
import { SearchRepository } from './search/search.repository.js';
import { Selectivity } from './search/selectivity.js';
import { SimilarRepository } from './search/similar.repository.js';
import { StatusCatalogue } from './status-catalogue.js';

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
    SearchLoad,
    Selectivity,
  ],
  exports: [PropertiesService, ListingsService, PlacesService, StatusCatalogue],
})
export class PropertiesModule {}
