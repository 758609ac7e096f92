import { FlagField, WordField } from '../../http/fields.js';
import { CursorField, LimitField } from '../../http/pagination.js';
import { FieldsField, IncludeField, type PropertyView } from './property-view.js';
import { SORT_NAMES, type SortName } from '../search/sort.js';
import { PropertyFilterInput } from './property-filter.input.js';

/** Filters, sort and page of the list. */
export class ListPropertiesInput extends PropertyFilterInput {
  @WordField({
    words: SORT_NAMES,
    default: 'newest',
    needs: { distance: 'near', relevance: 'q' },
    description:
      '`newest`: latest `statusSince` first. `distance`: nearest to `near` first. `relevance`: by the field with the words of `q`: city and neighbourhood, then address, then description. `popular`: by the trending score, properties without likes last. `-priceDrop`: by the share of the price that the last change took off; properties whose last change was no reduction come last. `-` sorts in descending order. Properties with an unknown value come last in both directions. Ties are sorted by id in the direction of the sort.',
  })
  sort: SortName = 'newest';

  @FlagField({
    default: false,
    description: '`true` adds `page.total`, the number of properties on all pages.',
  })
  count = false;

  @FlagField({
    default: false,
    description:
      'Only for staff. `true` also lists hidden properties, unless `status` or `availability` is given.',
  })
  includeHidden = false;

  @FieldsField()
  fields?: PropertyView['fields'];

  @IncludeField()
  include?: PropertyView['include'];

  @LimitField()
  limit = 20;

  @CursorField()
  cursor?: string;
}
