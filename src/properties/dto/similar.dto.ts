import { List, Nested, Text } from '../../http/answer-fields.js';
import { ApiSchema } from '@nestjs/swagger';
import { IntField } from '../../http/fields.js';
import { PropertyDto } from './property.dto.js';
import { FieldsField, IncludeField, type PropertyView } from './property-view.js';
import { PropertyIdInput } from './property-id.input.js';

export class SimilarPropertiesInput extends PropertyIdInput {
  @IntField({ min: 1, max: 100, default: 6, description: 'How many properties to return at most.' })
  limit = 6;

  @FieldsField()
  fields?: PropertyView['fields'];

  @IncludeField()
  include?: PropertyView['include'];
}

@ApiSchema({ name: 'SimilarProperty' })
class SimilarPropertyDto {
  @Nested(PropertyDto)
  property: PropertyDto;

  @Text({
    maxLength: 200,
    description: 'How it compares with the requested property.',
    example: 'same neighbourhood, 8 % cheaper, 12 m² larger',
  })
  reason: string;
}

@ApiSchema({ name: 'SimilarProperties' })
export class SimilarPropertiesDto {
  @List(SimilarPropertyDto, { maxItems: 100 })
  items: SimilarPropertyDto[];
}
