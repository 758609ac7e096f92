import { requiredFieldsOf } from '../../http/answer-fields.js';
import { WordsField } from '../../http/fields.js';
import { PropertyDto } from './property.dto.js';

export type PropertyField = keyof PropertyDto;

const PROPERTY_FIELDS = requiredFieldsOf(PropertyDto) as readonly PropertyField[];

/** The parameter `fields`. */
export const FieldsField = (): PropertyDecorator =>
  WordsField({
    words: PROPERTY_FIELDS,
    description:
      'Only these fields of each property, separated by commas, and `id`. The other fields are absent.',
    example: 'id,price,location',
  });

/** Leaves out the fields of properties that were not asked for, and keeps the order of the others. */
export function selectFields(
  properties: PropertyDto[],
  fields: readonly PropertyField[] | undefined,
): PropertyDto[] {
  if (!fields) return properties;
  const kept = PROPERTY_FIELDS.filter((name) => name === 'id' || fields.includes(name));
  return properties.map(
    (property) => Object.fromEntries(kept.map((name) => [name, property[name]])) as unknown as PropertyDto,
  );
}
