import { FieldsField, IncludeField, type PropertyView } from './property-view.js';
import { PropertyIdInput } from './property-id.input.js';

export class GetPropertyInput extends PropertyIdInput {
  @FieldsField()
  fields?: PropertyView['fields'];

  @IncludeField()
  include?: PropertyView['include'];
}
