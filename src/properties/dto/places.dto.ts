import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { TextField } from '../../http/fields.js';
import { hasWord } from '../search-index/words.js';

export class FindPlacesInput {
  @TextField({
    maxLength: 100,
    accepts: hasWord,
    hint: 'with a letter or digit',
    required: true,
    example: 'bel',
    description: 'What has been typed so far: the beginning of any word of the name.',
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
    description: 'The city it lies in, or is.',
    example: 'Medellín',
  })
  city: string | null;

  @ApiProperty({ type: 'integer', description: 'Its visible homes.', example: 42 })
  count: number;
}

@ApiSchema({ name: 'Places' })
export class PlacesDto {
  @ApiProperty({ type: [PlaceDto] })
  items: PlaceDto[];
}
