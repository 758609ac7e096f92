import { ApiProperty, ApiSchema } from '@nestjs/swagger';
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
  @ApiProperty({ enum: ['city', 'neighbourhood'], example: 'neighbourhood' })
  kind: 'city' | 'neighbourhood';

  @ApiProperty({ example: 'Belén' })
  name: string;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'The city of the neighbourhood, or the city itself.',
    example: 'Medellín',
  })
  city: string | null;

  @ApiProperty({ type: 'integer', description: 'How many visible properties the place has.', example: 42 })
  count: number;
}

@ApiSchema({ name: 'Places' })
export class PlacesDto {
  @ApiProperty({ type: [PlaceDto] })
  items: PlaceDto[];
}
