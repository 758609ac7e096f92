import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { TextProperty } from '../../http/body-fields.js';
import { IsStrong } from '../password-rules.js';
import type { Tokens } from '../sessions.service.js';
import type { UserRow } from '../user.repository.js';

// As Django normalises names: what looks alike is alike. What is too long is refused as it is: normalising some texts takes
// time by the square of their length.
const MAX_LENGTH = 300;
const Normalised = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && value.length <= MAX_LENGTH ? value.normalize('NFKC') : value,
  );

const Password = (description?: string): PropertyDecorator =>
  TextProperty({
    maxLength: 4_096,
    format: 'password',
    must: 'a text of 1 to 4096 characters',
    description,
    example: 'tres-casas-azules',
  });

@ApiSchema({ name: 'Registration' })
export class RegisterDto {
  @Normalised()
  @TextProperty({
    maxLength: 150,
    // Some fillers are letters for Unicode.
    pattern: /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}_.@+-]+$/u,
    must: '1 to 150 letters, digits and @ . + - _',
    example: 'camila',
  })
  username: string;

  @TextProperty({ maxLength: 254, format: 'email', must: 'an email address', example: 'camila@example.com' })
  email: string;

  @IsStrong(['username', 'email'])
  @Password('At least 8 characters, not all digits, not one that many use, not like the name.')
  password: string;
}

@ApiSchema({ name: 'Login' })
export class LoginDto {
  @TextProperty({ maxLength: 150, must: 'a text of 1 to 150 characters', example: 'camila' })
  username: string;

  @Password()
  password: string;
}

@ApiSchema({ name: 'Refresh' })
export class RefreshDto {
  @TextProperty({
    maxLength: 200,
    must: 'a text of 1 to 200 characters',
    example: 'M7kQ0zq4l1m0b6yQ5iYt3uJ2c8Xw9vN5pR6sT7uV8wA',
  })
  refreshToken: string;
}

@ApiSchema({ name: 'Account' })
export class AccountDto {
  @ApiProperty({ type: 'integer', example: 7 })
  id: number;

  @ApiProperty({ example: 'camila' })
  username: string;

  @ApiProperty({ description: 'Empty where an old account has none.', example: 'camila@example.com' })
  email: string;

  @ApiProperty({ example: false })
  isStaff: boolean;

  static from(user: Pick<UserRow, 'id' | 'username' | 'email' | 'is_staff'>): AccountDto {
    return { id: user.id, username: user.username, email: user.email, isStaff: Boolean(user.is_staff) };
  }
}

@ApiSchema({ name: 'Tokens' })
export class TokensDto {
  @ApiProperty({
    description: 'For the header `Authorization: Bearer …`.',
    example: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl',
  })
  accessToken: string;

  @ApiProperty({ enum: ['Bearer'], example: 'Bearer' })
  tokenType: 'Bearer';

  @ApiProperty({ type: 'integer', description: 'Seconds that the access token is good for.', example: 900 })
  expiresIn: number;

  @ApiProperty({
    description: 'Good for one refresh within 30 days.',
    example: 'M7kQ0zq4l1m0b6yQ5iYt3uJ2c8Xw9vN5pR6sT7uV8wA',
  })
  refreshToken: string;

  static from({ accessToken, expiresIn, refreshToken }: Tokens): TokensDto {
    return { accessToken, tokenType: 'Bearer', expiresIn, refreshToken };
  }
}
