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
      '`trending`: the sum of all current likes, where a like loses half its value with every half-life; `likes`: the number of current likes made in the window.',
  });

const WindowField = (): PropertyDecorator =>
  WordField({
    words: WINDOWS,
    default: '30d',
    description: 'The window of `likes` in UTC days, today included.',
  });

export class RankingInput {
  @ByField()
  by: By = 'trending';

  @WindowField()
  window: Window = '30d';

  @TextField({
    maxLength: 100,
    accepts: (text) => cityKey(text) !== '',
    hint: ' that are not all blank',
    repeatable: true,
    description: 'The city. Accents, case and blanks are ignored. Repeat it to match any of several.',
    example: 'Bogotá',
  })
  city?: string[];

  @WordField({
    words: PUBLIC_STATUS_NAMES,
    repeatable: true,
    description: 'The current status. Repeat it to match any of several. Not together with `availability`.',
    excludes: 'availability',
    example: 'en_venta',
  })
  status?: PublicStatus[];

  @WordField({
    words: ['available', 'sold'],
    description: 'Default: `available`, unless `status` is given.',
    example: 'available',
  })
  availability?: Availability;

  @WordField({
    words: PROPERTY_TYPES,
    repeatable: true,
    description: 'The property type. Repeat it to match any of several.',
    example: 'apartment',
  })
  propertyType?: PropertyType[];
}

export class ExportRankingInput extends RankingInput {
  @FlagField({
    default: false,
    description:
      'Write the form that Excel in Spanish reads: a byte order mark first, `;` between cells, decimal commas.',
  })
  excel = false;
}

export class ListRankingInput extends RankingInput {
  @FlagField({
    default: false,
    description:
      '`true` adds `page.total`, the number of properties on all pages. For a long list it can be some seconds old.',
  })
  count = false;

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
