import { Flag, Id, Int, Text, Word } from '../../http/answer-fields.js';
import { ApiSchema } from '@nestjs/swagger';
import { isEmail } from 'class-validator';
import { TextField } from '../../http/fields.js';
import { weaknessOf } from '../password-rules.js';
import type { Tokens } from '../sessions.service.js';
import type { UserRow } from '../user.repository.js';

// Normalising some texts takes time that grows with the square of their length. Longer texts are refused as they are.
const MAX_NORMALISED_LENGTH = 300;
/** NFKC, as Django normalises usernames: characters that look alike become equal. */
const normalise = (text: string): string =>
  text.length <= MAX_NORMALISED_LENGTH ? text.normalize('NFKC') : text;

export const PASSWORD = {
  maxLength: 4_096,
  format: 'password',
  required: true,
  example: 'tres-casas-azules',
} as const;

@ApiSchema({ name: 'Registration' })
export class RegisterDto {
  @TextField({
    maxLength: 150,
    required: true,
    normalise,
    // Unicode counts some invisible fillers as letters.
    pattern: /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}_.@+-]+$/u,
    must: 'be 1 to 150 letters, digits and @ . + - _',
    example: 'camila',
  })
  username: string;

  @TextField({
    maxLength: 254,
    required: true,
    format: 'email',
    accepts: isEmail,
    must: 'be an email address',
    example: 'camila@example.com',
  })
  email: string;

  @TextField({
    description:
      'At least 8 characters, not only digits, not a common password, not similar to the username or the email.',
    ...PASSWORD,
    check: (password, { username, email }) => weaknessOf(password, [username, email]),
  })
  password: string;
}

@ApiSchema({ name: 'Login' })
export class LoginDto {
  @TextField({ maxLength: 150, required: true, example: 'camila' })
  username: string;

  @TextField(PASSWORD)
  password: string;
}

@ApiSchema({ name: 'Refresh' })
export class RefreshDto {
  @TextField({ maxLength: 200, required: true, example: 'M7kQ0zq4l1m0b6yQ5iYt3uJ2c8Xw9vN5pR6sT7uV8wA' })
  refreshToken: string;
}

@ApiSchema({ name: 'Account' })
export class AccountDto {
  @Id({ example: 7 })
  id: number;

  @Text({ maxLength: 150, example: 'camila' })
  username: string;

  @Text({
    maxLength: 254,
    description: 'Empty for an old account without an email.',
    example: 'camila@example.com',
  })
  email: string;

  @Flag({ example: false })
  isStaff: boolean;

  static from(user: Pick<UserRow, 'id' | 'username' | 'email' | 'is_staff'>): AccountDto {
    return { id: user.id, username: user.username, email: user.email, isStaff: Boolean(user.is_staff) };
  }
}

@ApiSchema({ name: 'Tokens' })
export class TokensDto {
  @Text({
    maxLength: 2000,
    description: 'Send it in the header `Authorization: Bearer …`.',
    example: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl',
  })
  accessToken: string;

  @Word({ words: ['Bearer'], example: 'Bearer' })
  tokenType: 'Bearer';

  @Int({ description: 'Lifetime of the access token, in seconds.', example: 900 })
  expiresIn: number;

  @Text({
    maxLength: 200,
    description: 'Can be used once, within 30 days.',
    example: 'M7kQ0zq4l1m0b6yQ5iYt3uJ2c8Xw9vN5pR6sT7uV8wA',
  })
  refreshToken: string;

  static from({ accessToken, expiresIn, refreshToken }: Tokens): TokensDto {
    return { accessToken, tokenType: 'Bearer', expiresIn, refreshToken };
  }
}
