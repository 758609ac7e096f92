import { requiredFieldsOf } from '../../http/answer-fields.js';
import { WordField, WordsField } from '../../http/fields.js';
import { PropertyDto } from './property.dto.js';

const FIELDS = requiredFieldsOf(PropertyDto) as readonly (keyof PropertyDto)[];

/** Selects the fields that the properties of an answer have. */
export interface PropertyView {
  fields?: (keyof PropertyDto)[];
  include?: 'likes';
}

/** The parameter `fields`. */
export const FieldsField = (): PropertyDecorator =>
  WordsField({
    words: FIELDS,
    description:
      'Only these fields of each property, separated by commas, and `id`. The other fields are absent.',
    example: 'id,price,location',
  });

/** The parameter `include`. */
export const IncludeField = (): PropertyDecorator =>
  WordField({
    words: ['likes'],
    description: '`likes` adds the exact number of likes, and whether the caller likes the property.',
    example: 'likes',
  });

/** Leaves out the fields of properties that were not asked for, and keeps the order of the others. */
export function selectFields(properties: PropertyDto[], { fields }: PropertyView): PropertyDto[] {
  if (!fields) return properties;
  const kept = FIELDS.filter((name) => name === 'id' || fields.includes(name));
  return properties.map(
    (property) => Object.fromEntries(kept.map((name) => [name, property[name]])) as unknown as PropertyDto,
  );
}
