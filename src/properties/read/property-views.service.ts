import { Injectable } from '@nestjs/common';
import type { Caller } from '../../accounts/caller-cache.js';
import type { PropertyDto } from '../dto/property.dto.js';
import { type PropertyView, selectFields } from '../dto/property-view.js';
import { PropertyLikes } from '../model/property-likes.js';

/** Shows properties with the fields that the caller asked for. */
@Injectable()
export class PropertyViews {
  constructor(private readonly likes: PropertyLikes) {}

  /** @param caller whose likes are shown with `include=likes` */
  async show(properties: PropertyDto[], view: PropertyView, caller: Caller | null): Promise<PropertyDto[]> {
    const shown = selectFields(properties, view);
    if (view.include !== 'likes' || shown.length === 0) return shown;
    const likesOf = await this.likes.of(
      shown.map(({ id }) => id),
      caller?.id ?? null,
    );
    return shown.map((property) => ({ ...property, likes: likesOf(property.id) }));
  }
}
