import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ListingsService } from './listings.service.js';
import { PropertiesController } from './properties.controller.js';
import { PropertiesService } from './properties.service.js';
import { Property } from './property.entity.js';
import { StatusCatalogue } from './status-catalogue.js';

@Module({
  imports: [MikroOrmModule.forFeature([Property])],
  controllers: [PropertiesController],
  providers: [PropertiesService, ListingsService, StatusCatalogue],
  exports: [PropertiesService, ListingsService],
})
export class PropertiesModule {}
