import { ApiSchema } from '@nestjs/swagger';
import { Flag, List, Text, Time } from '../../http/answer-fields.js';
import { UuidField } from '../../http/fields.js';
import type { SignInRow } from '../sign-in.repository.js';

const MAX_ITEMS = 100;
const EXAMPLE_ID = '0b9e1c3e-6c0e-4f5a-9d53-0d6a5b0f7a11';

export class SessionInput {
  @UuidField({ description: 'The `id` of the sign-in.', example: EXAMPLE_ID })
  id: string;
}

@ApiSchema({ name: 'Session' })
export class SessionDto {
  @Text({ maxLength: 36, example: EXAMPLE_ID })
  id: string;

  @Text({
    maxLength: 60,
    null: true,
    description: 'From the header `User-Agent` of the sign-in.',
    example: 'Firefox on Windows',
  })
  client: string | null;

  @Time()
  startedAt: string;

  @Time({ description: 'The last time its tokens were renewed.', example: '2026-05-20T08:30:00Z' })
  lastUsedAt: string;

  @Time({ description: 'Then the user must sign in again.', example: '2026-05-31T10:00:00Z' })
  endsAt: string;

  @Flag({ description: 'True for the sign-in of this access token.', example: true })
  current: boolean;
}

@ApiSchema({ name: 'SessionList' })
export class SessionListDto {
  @List(SessionDto, { maxItems: MAX_ITEMS })
  items: SessionDto[];

  static from(rows: readonly SignInRow[], currentId: string | null): SessionListDto {
    const items = rows.slice(0, MAX_ITEMS).map((row) => ({
      id: row.id,
      client: row.client || null,
      startedAt: toUtc(row.started_at),
      lastUsedAt: toUtc(row.last_used_at),
      endsAt: toUtc(row.ends_at),
      current: row.id === currentId,
    }));
    return { items };
  }
}

const toUtc = (naive: string): string => `${naive.replace(' ', 'T')}Z`;
