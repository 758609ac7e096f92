import { InvalidBody, ProblemError } from '../http/problem.js';

const challenge = (error?: string): { headers: Record<string, string> } => ({
  headers: { 'www-authenticate': error ? `Bearer error="${error}"` : 'Bearer' },
});

const SECOND_FACTOR_NEEDED =
  'Staff need a second factor: activate one with POST /v1/me/totp, then sign in with its code.';

export class NotSignedIn extends ProblemError {
  constructor() {
    super('not-signed-in', challenge());
  }
}

/** The token is malformed, forged, expired or for another service, or its user is deleted or inactive. */
export class TokenRefused extends ProblemError {
  constructor() {
    super('token-refused', challenge('invalid_token'));
  }
}

export class NotStaff extends ProblemError {
  constructor({ lacksSecondFactor = false }: { lacksSecondFactor?: boolean } = {}) {
    super('not-staff', { ...(lacksSecondFactor && { detail: SECOND_FACTOR_NEEDED }) });
  }
}

/** The same error for a wrong name and a wrong password, so that it does not reveal which usernames exist. */
export class SignInRefused extends ProblemError {
  constructor() {
    super('sign-in-refused', challenge());
  }
}

export class TotpCodeRequired extends ProblemError {
  constructor() {
    super('totp-code-required', challenge());
  }
}

/** A wrong code, and one that was accepted before. */
export class TotpCodeRefused extends ProblemError {
  constructor() {
    super('totp-code-refused', challenge());
  }
}

export class TotpActive extends ProblemError {
  constructor() {
    super('totp-active');
  }
}

export class RefreshTokenRefused extends ProblemError {
  constructor() {
    super('refresh-token-refused', challenge());
  }
}

export class SessionNotFound extends ProblemError {
  constructor() {
    super('session-not-found');
  }
}

export class AccountTaken extends ProblemError {
  constructor(field: 'username' | 'email') {
    super(`${field}-taken`);
  }
}

/** The field `currentPassword` of a signed-in caller is wrong. */
export class WrongPassword extends InvalidBody {
  constructor() {
    super([{ field: 'currentPassword', message: 'is not the password of this account' }]);
  }
}
