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

export const CODE = {
  description: 'Of the authenticator app, or a recovery code.',
  maxLength: 30,
  example: '123456',
} as const;
const NEW_PASSWORD = { ...PASSWORD, example: 'cuatro-casas-verdes' } as const;
const ONE_TIME_TOKEN = {
  maxLength: 200,
  required: true,
  description: 'The token of the link in the mail.',
  example: 'q8Jw3nT5vR2yB7kL0mX4cZ9sD6fG1hP3uE5iO8aW2tY',
} as const;

@ApiSchema({ name: 'Registration' })
export class RegisterDto {
  @TextField({
    maxLength: 150,
    required: true,
    normalise,
    // Unicode counts some invisible fillers as letters.
    pattern: /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}_.@+-]+$/u,
    // Names of accounts of the identity provider, and of erased ones.
    accepts: (username) => !/^(oidc|erased)-/i.test(username),
    must: 'be 1 to 150 letters, digits and @ . + - _, and not begin with oidc- or erased-',
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

  @TextField({
    maxLength: 40,
    description: 'The version of the privacy policy that the user has accepted. It is stored with the time.',
    pattern: /^[\w.:-]+$/,
    must: 'be 1 to 40 letters, digits and . _ : -',
    example: '2026-11',
  })
  privacyPolicyVersion?: string | null;
}

@ApiSchema({ name: 'Login' })
export class LoginDto {
  @TextField({ maxLength: 150, required: true, example: 'camila' })
  username: string;

  @TextField(PASSWORD)
  password: string;

  @TextField(CODE)
  code?: string;
}

@ApiSchema({ name: 'Refresh' })
export class RefreshDto {
  @TextField({ maxLength: 200, required: true, example: 'M7kQ0zq4l1m0b6yQ5iYt3uJ2c8Xw9vN5pR6sT7uV8wA' })
  refreshToken: string;
}

@ApiSchema({ name: 'PasswordChange' })
export class ChangePasswordDto {
  @TextField(PASSWORD)
  currentPassword: string;

  @TextField(NEW_PASSWORD)
  newPassword: string;
}

@ApiSchema({ name: 'PasswordResetRequest' })
export class RequestPasswordResetDto {
  @TextField({ maxLength: 254, required: true, format: 'email', example: 'camila@example.com' })
  email: string;
}

@ApiSchema({ name: 'PasswordReset' })
export class ResetPasswordDto {
  @TextField(ONE_TIME_TOKEN)
  token: string;

  @TextField(NEW_PASSWORD)
  newPassword: string;
}

@ApiSchema({ name: 'EmailConfirmation' })
export class ConfirmEmailDto {
  @TextField(ONE_TIME_TOKEN)
  token: string;
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

  @Flag({
    null: true,
    description: 'Whether the user has opened the link in the mail. Null when no mail was sent.',
    example: true,
  })
  emailConfirmed: boolean | null;

  static from(
    user: Pick<UserRow, 'id' | 'username' | 'email' | 'is_staff'>,
    emailConfirmed: boolean | null,
  ): AccountDto {
    const { id, username, email } = user;
    return { id, username, email, isStaff: Boolean(user.is_staff), emailConfirmed };
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
    description: 'Can be used once, within 30 days of the sign-in.',
    example: 'M7kQ0zq4l1m0b6yQ5iYt3uJ2c8Xw9vN5pR6sT7uV8wA',
  })
  refreshToken: string;

  static from({ accessToken, expiresIn, refreshToken }: Tokens): TokensDto {
    return { accessToken, tokenType: 'Bearer', expiresIn, refreshToken };
  }
}
