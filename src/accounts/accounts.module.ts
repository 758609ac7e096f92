import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccountAdmin } from './account-admin.js';
import { AccountDataRepository } from './account-data.repository.js';
import { AccessGuard } from './access.guard.js';
import { AccessTokens } from './access-tokens.js';
import { AccountMailRepository } from './account-mail.repository.js';
import { AccountMails } from './account-mails.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';
import { CallerCache } from './caller-cache.js';
import { DeviceCookies } from './device-cookie.js';
import { EndedSignIns } from './ended-sign-ins.js';
import { MySessionsController } from './my-sessions.controller.js';
import { EmailClaims } from './email-claims.js';
import { Mailer } from '../mail/mailer.js';
import { OneTimeTokenRepository } from './one-time-token.repository.js';
import { OneTimeTokens } from './one-time-tokens.js';
import { PasswordController } from './password.controller.js';
import { PasswordService } from './password.service.js';
import { Passwords } from './passwords.js';
import { SecretBox } from './secret-box.js';
import { SessionCookies } from './session-cookies.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsService } from './sessions.service.js';
import { ProviderTokens } from './provider-tokens.js';
import { RefreshTokenRepository } from './refresh-token.repository.js';
import { SignInPurge } from './sign-in-purge.js';
import { SignInRepository } from './sign-in.repository.js';
import { SignInFailureRepository } from './sign-in-failure.repository.js';
import { SignInFailures } from './sign-in-failures.js';
import { TotpController } from './totp.controller.js';
import { TotpRepository } from './totp.repository.js';
import { TotpService } from './totp.service.js';
import { UserRepository } from './user.repository.js';

/** Accounts, and the guard of all routes. It has no routes, so every service can import it. */
@Module({
  providers: [
    AccountsService,
    SessionsService,
    UserRepository,
    RefreshTokenRepository,
    SignInRepository,
    EndedSignIns,
    SignInPurge,
    AccountAdmin,
    AccountDataRepository,
    AccountMailRepository,
    AccountMails,
    EmailClaims,
    Mailer,
    OneTimeTokenRepository,
    OneTimeTokens,
    PasswordService,
    Passwords,
    SignInFailures,
    SignInFailureRepository,
    DeviceCookies,
    AccessTokens,
    SessionCookies,
    TotpService,
    TotpRepository,
    SecretBox,
    ProviderTokens,
    CallerCache,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [
    AccountAdmin,
    AccountDataRepository,
    AccountMails,
    PasswordService,
    TotpService,
    AccountsService,
    SessionsService,
    SessionCookies,
    CallerCache,
    Passwords,
    DeviceCookies,
  ],
})
export class AccountsModule {}

@Module({
  imports: [AccountsModule],
  controllers: [
    AccountsController,
    PasswordController,
    SessionsController,
    MySessionsController,
    TotpController,
  ],
})
export class AccountsRoutes {}
