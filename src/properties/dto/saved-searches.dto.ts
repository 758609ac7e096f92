import { ApiSchema } from '@nestjs/swagger';
import { Flag, Id, Int, List, Text, Time } from '../../http/answer-fields.js';
import { FlagField, IdField, ProseField, TextField, WordField } from '../../http/fields.js';
import { CursorField, LimitField } from '../../http/pagination.js';
import { SORT_NAMES, type SortName } from '../search/sort.js';
import { PropertyFilterInput } from './property-filter.input.js';

export const MAX_SEARCHES = 50;
export const MAX_NEW = 100;
/** The longest encoded query: a URL can be as long. */
export const MAX_QUERY = 15_000;
const NAME = { maxLength: 100, example: 'Apartamentos en Bogotá' };
const QUERY = {
  minLength: 0,
  maxLength: MAX_QUERY,
  description: 'Filters and sort of the list, as a query string.',
  example: 'city=bogota&maxPrice=400000000',
};

/** The parameters that a saved query may contain. */
export class SavedQueryInput extends PropertyFilterInput {
  @WordField({ words: SORT_NAMES, default: 'newest', needs: { distance: 'near', relevance: 'q' } })
  sort: SortName = 'newest';
}

@ApiSchema({ name: 'NewSavedSearch' })
export class CreateSearchDto {
  @ProseField({ ...NAME, required: true })
  name: string;

  @TextField({ ...QUERY, required: true })
  query: string;
}

@ApiSchema({ name: 'SavedSearchPatch' })
export class PatchSearchDto {
  @ProseField(NAME)
  name?: string | null;

  @TextField(QUERY)
  query?: string | null;
}

export class SearchIdInput {
  @IdField({ description: 'Id of the saved search.', example: 1 })
  id: number;
}

export class ListNewPropertiesInput extends SearchIdInput {
  @FlagField({
    default: false,
    excludes: 'cursor',
    description: '`true` sets `seenAt` to the moment of the answer: its properties are not new any more.',
  })
  seen = false;

  @LimitField()
  limit = 20;

  @CursorField()
  cursor?: string;
}

@ApiSchema({ name: 'SavedSearch' })
export class SavedSearchDto {
  @Id({ example: 1 })
  id: number;

  @Text(NAME)
  name: string;

  @Text({ maxLength: MAX_QUERY, description: 'A query string for the list.', example: QUERY.example })
  query: string;

  @Time()
  createdAt: string;

  @Time({ description: 'When its new properties were last seen, at first `createdAt`.' })
  seenAt: string;

  @Int({
    max: MAX_NEW,
    description: 'How many properties match that became public since `seenAt`, counted up to 100.',
    example: 3,
  })
  new: number;

  @Flag({
    description:
      '`true`: there are more, or there may be more: of very many properties that became public, only the newest are compared.',
    example: false,
  })
  newIsMore: boolean;
}

@ApiSchema({ name: 'SavedSearches' })
export class SavedSearchesDto {
  @List(SavedSearchDto, { maxItems: MAX_SEARCHES })
  items: SavedSearchDto[];
}
