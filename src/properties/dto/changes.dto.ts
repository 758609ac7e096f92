import { ApiSchema } from '@nestjs/swagger';
import { Flag, Id, Int, List, Nested, Time, Word } from '../../http/answer-fields.js';
import { IntField } from '../../http/fields.js';
import { CHANGE_KINDS, type ChangeKind } from '../model/property-change.entity.js';

const MAX_CHANGES = 1_000;
export const MAX_WAIT_SECONDS = 25;

export class ListChangesInput {
  @IntField({
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    default: 0,
    description: '`page.next` of the previous answer. 0 starts with the properties that are public now.',
  })
  after = 0;

  @IntField({ min: 1, max: MAX_CHANGES, default: 100, description: 'Maximum number of items on the page.' })
  limit = 100;

  @IntField({
    min: 0,
    max: MAX_WAIT_SECONDS,
    default: 0,
    description: 'Seconds to wait for the next change instead of an empty answer.',
  })
  wait = 0;
}

@ApiSchema({ name: 'PropertyChange' })
export class ChangeDto {
  @Int({ min: 1, example: 1234 })
  sequence: number;

  @Id()
  propertyId: number;

  @Word({
    words: CHANGE_KINDS,
    description:
      'The last change. `published`, `updated`: read the property again. `withdrawn`: it is hidden or deleted.',
    example: 'updated',
  })
  change: ChangeKind;

  @Time({ description: 'When the service wrote or noticed the change.', example: '2026-05-01T10:00:00.456Z' })
  at: string;
}

@ApiSchema({ name: 'PropertyChangePageInfo' })
class ChangePageInfo {
  @Int({ min: 1, max: MAX_CHANGES, example: 100 })
  limit: number;

  @Int({ description: '`after` of the next request. Store it.', example: 1234 })
  next: number;

  @Flag({ description: '`false`: the caller knows all changes now.', example: false })
  more: boolean;
}

@ApiSchema({ name: 'PropertyChanges' })
export class ChangesPage {
  @List(ChangeDto, { maxItems: MAX_CHANGES })
  items: ChangeDto[];

  @Nested(ChangePageInfo)
  page: ChangePageInfo;
}
