import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsEmail, IsString, Length, Matches } from 'class-validator';

interface TextOptions {
  description?: string;
  minLength?: number;
  maxLength: number;
  pattern?: RegExp;
  format?: 'email' | 'password';
  /** What it must be, in words. */
  must: string;
  example: string;
}

/** A text of a body that must be given. */
export function TextProperty(options: TextOptions): PropertyDecorator {
  const { minLength = 1, maxLength, pattern, format, must, description, example } = options;
  const check = { message: `must be ${must}` };
  return applyDecorators(
    ApiProperty({
      type: 'string',
      minLength,
      maxLength,
      pattern: pattern?.source,
      format,
      description,
      example,
    }),
    IsString(check),
    Length(minLength, maxLength, check),
    ...(pattern ? [Matches(pattern, check)] : []),
    ...(format === 'email' ? [IsEmail({}, check)] : []),
  );
}
