import { IdField } from '../../http/fields.js';

export class PropertyIdInput {
  @IdField({ description: 'The property’s id.', example: 1 })
  id: number;
}
