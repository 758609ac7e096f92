import { FlagField, WordField } from '../../http/fields.js';
import { CursorField, LimitField } from '../../http/pagination.js';
import { SORT_NAMES, type SortName } from '../search/sort.js';
import { PropertyFilterInput } from './property-filter.input.js';

/** The filters and the order of the public list. */
export class ListPropertiesInput extends PropertyFilterInput {
  @WordField({
    words: SORT_NAMES,
    default: 'newest',
    needs: { distance: 'near', relevance: 'q' },
    description:
      '`newest`: latest `statusSince` first; `distance`: nearest to `near` first; `relevance`: by where the words of `q` are found, city and neighbourhood before address before description; `popular`: by the ranking’s trending score, homes without likes last; the others rising, or falling with `-`. Homes whose value is unknown come last in either direction; ties by id in the direction of the sort.',
  })
  sort: SortName = 'newest';

  @FlagField({ default: false, description: '`true` adds `page.total`, the number of homes on all pages.' })
  count = false;

  @FlagField({
    default: false,
    description:
      '`true`, for staff: hidden homes, too, where neither `status` nor `availability` is asked for. Their `availability` is null.',
  })
  includeHidden = false;

  @LimitField()
  limit = 20;

  @CursorField()
  cursor?: string;
}
