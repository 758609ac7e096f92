import { FlagField, TextField, WordField } from '../../../http/fields.js';
import { CursorField, LimitField } from '../../../http/pagination.js';
import { cityKey } from '../../../properties/model/city-key.js';
import { PropertyIdInput } from '../../../properties/dto/property-id.input.js';
import { PROPERTY_TYPES, type PropertyType } from '../../../properties/model/property-type.js';
import {
  type Availability,
  PUBLIC_STATUS_NAMES,
  type PublicStatus,
} from '../../../properties/model/status.js';
import { type Window, WINDOWS } from '../../model/score.js';

export type By = 'trending' | 'likes';

const ByField = (): PropertyDecorator =>
  WordField({
    words: ['trending', 'likes'],
    default: 'trending',
    description:
      '`trending`: the sum of the likes that stand, each worth half as much after every half-life (7 days unless set otherwise); `likes`: how many were made in the window.',
  });

const WindowField = (): PropertyDecorator =>
  WordField({
    words: WINDOWS,
    default: '30d',
    description: 'For `likes`: the current UTC day and those before it, so many in all.',
  });

/** What is ranked by what. */
export class RankingInput {
  @ByField()
  by: By = 'trending';

  @WindowField()
  window: Window = '30d';

  @TextField({
    maxLength: 100,
    accepts: (text) => cityKey(text) !== '',
    hint: 'that are not all blank',
    repeatable: true,
    description: 'The city; accents, case and stray blanks do not matter; repeated: any of them.',
  })
  city?: string[];

  @WordField({
    words: PUBLIC_STATUS_NAMES,
    repeatable: true,
    description: 'The current status; repeated: any of them. Not together with `availability`.',
    excludes: 'availability',
  })
  status?: PublicStatus[];

  @WordField({
    words: ['available', 'sold'],
    description: '`available` when neither this nor `status` is given.',
  })
  availability?: Availability;

  @WordField({
    words: PROPERTY_TYPES,
    repeatable: true,
    description: 'The kind of property; repeated: any of them.',
  })
  propertyType?: PropertyType[];
}

export class ExportRankingInput extends RankingInput {
  @FlagField({
    default: false,
    description:
      'As Excel in Spanish reads it: a byte order mark at the start, `;` between cells, a comma before decimals.',
  })
  excel = false;
}

export class ListRankingInput extends RankingInput {
  @LimitField()
  limit = 20;

  @CursorField()
  cursor?: string;
}

export class PropertyRankingInput extends PropertyIdInput {
  @ByField()
  by: By = 'trending';

  @WindowField()
  window: Window = '30d';
}

export class CityRankingInput {
  @WindowField()
  window: Window = '30d';
}
