import { ApiSchema } from '@nestjs/swagger';
import { Flag, Id, List, Nested, Text, Time, Word } from '../../http/answer-fields.js';
import { FlagField, IdField, IntField } from '../../http/fields.js';
import { CursorField, LimitField, PageInfo } from '../../http/pagination.js';
import { TRUST_REASONS } from '../model/trust-reasons.js';

@ApiSchema({ name: 'TrustDecision' })
export class TrustDecisionDto {
  @Flag({ example: true })
  trusted: boolean;

  @Id({ description: 'The id of the staff user who decided.', example: 7 })
  by: number;

  @Time({ example: '2026-11-27T15:04:05Z' })
  at: string;
}

@ApiSchema({ name: 'AccountTrust' })
export class AccountTrustDto {
  @Id({ example: 1234 })
  userId: number;

  @Flag({ description: 'Whether the likes of the account count in the ranking.', example: false })
  trusted: boolean;

  @Word({
    words: TRUST_REASONS,
    description: 'The rule that found the account; `staff` when no rule did.',
    example: 'burst',
  })
  reason: string;

  @Text({
    maxLength: 200,
    description: 'The reason as a sentence, in English.',
    example:
      'At least 15 accounts that were less than 72 hours old, or had not confirmed their email, liked the same property within 24 hours.',
  })
  explanation: string;

  @Id({ null: true, description: 'The property whose like made the rule apply.' })
  propertyId: number | null;

  @Time({ null: true, description: 'The time of that like.', example: '2026-11-27T15:04:05Z' })
  at: string | null;

  @Nested(TrustDecisionDto, { null: true, description: 'The decision of staff, which overrules the rule.' })
  decision: TrustDecisionDto | null;
}

export class AccountTrustPage {
  @List(AccountTrustDto, { maxItems: 100 })
  items: AccountTrustDto[];

  @Nested(PageInfo)
  page: PageInfo;
}

export class ListTrustInput {
  @FlagField({ description: '`false`: only accounts whose likes do not count; `true`: only the others.' })
  trusted?: boolean;

  @IntField({
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    description: 'Only accounts whose like of this property does not count.',
    example: 42,
  })
  propertyId?: number;

  @LimitField()
  limit = 20;

  @CursorField()
  cursor?: string;
}

export class AccountIdInput {
  @IdField({ description: 'The id of the account’s user.', example: 1 })
  id: number;
}

@ApiSchema({ name: 'DecideTrust' })
export class DecideTrustDto {
  @FlagField({ required: true, example: true, description: 'Whether the likes of the account count.' })
  trusted: boolean;
}
