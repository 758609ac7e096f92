import { Body, Controller, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Operation } from '../http/operation.js';
import { Public, SignedIn, SignedInCaller } from './access.decorators.js';
import type { Caller } from './caller-cache.js';
import {
  ChangePasswordDto,
  ConfirmEmailDto,
  RequestPasswordResetDto,
  ResetPasswordDto,
  TokensDto,
} from './dto/accounts.dto.js';
import { PasswordService } from './password.service.js';

@ApiTags('Accounts')
@Controller('v1')
export class PasswordController {
  constructor(private readonly passwords: PasswordService) {}

  @Put('me/password')
  @SignedIn()
  @Operation({
    summary: 'Change my password',
    description: 'Ends all sign-ins and starts a new one.',
    ok: { status: 200, type: TokensDto, description: 'The tokens of the new sign-in.' },
    problems: ['sign-in-busy'],
  })
  changePassword(@Body() change: ChangePasswordDto, @SignedInCaller() caller: Caller): Promise<TokensDto> {
    return this.passwords.change(caller.id, change);
  }

  @Post('auth/password-resets')
  @Public()
  @Operation({
    summary: 'Ask for a mail to reset a password',
    description: 'The link in the mail works once, for an hour.',
    ok: { status: 202, description: 'Accepted. The answer is the same for an email that no account has.' },
    problems: ['no-mail'],
  })
  requestPasswordReset(@Body() { email }: RequestPasswordResetDto): Promise<void> {
    return this.passwords.requestReset(email);
  }

  @Post('auth/password-resets/confirm')
  @Public()
  @Operation({
    summary: 'Reset a password with the token of the mail',
    description: 'Ends all sign-ins of the user.',
    ok: { status: 204, description: 'The password is changed. The user can sign in.' },
    problems: ['sign-in-busy'],
  })
  resetPassword(@Body() reset: ResetPasswordDto): Promise<void> {
    return this.passwords.reset(reset);
  }

  @Post('me/email-confirmation')
  @SignedIn()
  @Operation({
    summary: 'Send the mail to confirm my email again',
    description: 'At most one mail in five minutes is sent.',
    ok: { status: 202, description: 'Accepted. Nothing is sent when the email is confirmed.' },
    problems: ['no-mail'],
  })
  requestEmailConfirmation(@SignedInCaller() caller: Caller): Promise<void> {
    return this.passwords.requestConfirmation(caller.id);
  }

  @Post('auth/email-confirmations')
  @Public()
  @Operation({
    summary: 'Confirm an email with the token of the mail',
    description: 'Of several accounts with one email, the first to confirm it owns it.',
    ok: { status: 204, description: 'The email is confirmed.' },
    problems: ['email-taken'],
  })
  confirmEmail(@Body() { token }: ConfirmEmailDto): Promise<void> {
    return this.passwords.confirmEmail(token);
  }
}
