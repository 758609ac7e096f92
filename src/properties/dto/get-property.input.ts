import { FieldsField, type PropertyField } from './property-fields.js';
import { PropertyIdInput } from './property-id.input.js';

export class GetPropertyInput extends PropertyIdInput {
  @FieldsField()
  fields?: PropertyField[];
}
