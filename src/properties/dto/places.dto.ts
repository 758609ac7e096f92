import { Int, List, Text, Word } from '../../http/answer-fields.js';
import { ApiSchema } from '@nestjs/swagger';
import { TextField } from '../../http/fields.js';
import { hasWord } from '../search-index/words.js';

export class FindPlacesInput {
  @TextField({
    maxLength: 100,
    accepts: hasWord,
    hint: ' with a letter or digit',
    required: true,
    example: 'bel',
    description: 'The text that the user has typed so far. It matches the beginning of any word of the name.',
  })
  q: string;
}

@ApiSchema({ name: 'Place' })
export class PlaceDto {
  @Word({ words: ['city', 'neighbourhood'], example: 'neighbourhood' })
  kind: 'city' | 'neighbourhood';

  @Text({ maxLength: 120, example: 'Belén' })
  name: string;

  @Text({
    maxLength: 32,
    description: 'The city of the neighbourhood, or the city itself.',
    example: 'Medellín',
    null: true,
  })
  city: string | null;

  @Int({ description: 'How many visible properties the place has.', example: 42 })
  count: number;
}

@ApiSchema({ name: 'Places' })
export class PlacesDto {
  @List(PlaceDto, { maxItems: 100 })
  items: PlaceDto[];
}
