import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IntField } from '../../http/fields.js';
import { PropertyDto } from './property.dto.js';
import { PropertyIdInput } from './property-id.input.js';

export class SimilarPropertiesInput extends PropertyIdInput {
  @IntField({ min: 1, max: 100, default: 6, description: 'How many properties to return at most.' })
  limit = 6;
}

@ApiSchema({ name: 'SimilarProperty' })
class SimilarPropertyDto {
  @ApiProperty({ type: PropertyDto })
  property: PropertyDto;

  @ApiProperty({
    description: 'How it compares with the requested property.',
    example: 'same neighbourhood, 8 % cheaper, 12 m² larger',
  })
  reason: string;
}

@ApiSchema({ name: 'SimilarProperties' })
export class SimilarPropertiesDto {
  @ApiProperty({ type: [SimilarPropertyDto] })
  items: SimilarPropertyDto[];
}
