import { ApiSchema } from '@nestjs/swagger';
import { AccountDto, PASSWORD } from '../../accounts/dto/accounts.dto.js';
import { Id, Int, List, Nested, Text, Time, Word } from '../../http/answer-fields.js';
import { TextField } from '../../http/fields.js';
import { MAX_QUERY } from '../../properties/dto/saved-searches.dto.js';

// A list has as many items as the service holds.
const ALL = { maxItems: Number.MAX_SAFE_INTEGER };

@ApiSchema({ name: 'Erasure' })
export class EraseAccountDto {
  @TextField(PASSWORD)
  currentPassword: string;
}

class ExportedAccount extends AccountDto {
  @Text({ maxLength: 150 })
  firstName: string;

  @Text({ maxLength: 150 })
  lastName: string;

  @Time()
  joinedAt: string;

  @Time({ null: true })
  lastSignInAt: string | null;
}

class ExportedConsent {
  @Text({ maxLength: 40, example: '2026-11' })
  privacyPolicyVersion: string;

  @Time()
  givenAt: string;
}

class ExportedSignIn {
  @Text({ maxLength: 60, example: 'Firefox on Windows', null: true })
  client: string | null;

  @Time()
  startedAt: string;

  @Time()
  lastUsedAt: string;

  @Time()
  endsAt: string;

  @Time({ null: true })
  endedAt: string | null;
}

class ExportedSearch {
  @Text({ maxLength: 100, example: 'Apartamentos en Bogotá' })
  name: string;

  @Text({ maxLength: MAX_QUERY, example: 'city=bogota&maxPrice=400000000' })
  query: string;

  @Time()
  createdAt: string;

  @Time()
  seenAt: string;
}

class ExportedLike {
  @Id()
  propertyId: number;

  @Time()
  likedAt: string;
}

class ExportedLikeEvent {
  @Id()
  propertyId: number;

  @Word({ words: ['liked', 'unliked'], example: 'liked' })
  action: string;

  @Time()
  at: string;
}

class ExportedStaffEdit {
  @Int()
  propertyId: number;

  @Text({ maxLength: 16, example: 'updated' })
  action: string;

  @Time()
  at: string;

  @Text({ maxLength: 16_777_215, description: 'The change, as JSON.', example: '{"price":[1,2]}' })
  changes: string;
}

/** Everything that the service holds about a user. */
@ApiSchema({ name: 'AccountExport' })
export class AccountExportDto {
  @Nested(ExportedAccount)
  account: ExportedAccount;

  @List(ExportedConsent, ALL)
  consents: ExportedConsent[];

  @List(ExportedSignIn, ALL)
  signIns: ExportedSignIn[];

  @List(ExportedSearch, ALL)
  savedSearches: ExportedSearch[];

  @List(ExportedLike, ALL)
  likes: ExportedLike[];

  @List(ExportedLikeEvent, ALL)
  likeEvents: ExportedLikeEvent[];

  @List(ExportedStaffEdit, { ...ALL, description: 'Changes of properties that the user made as staff.' })
  staffEdits: ExportedStaffEdit[];
}
