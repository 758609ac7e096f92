import { ProblemError } from '../http/problem.js';

const challenge = (error?: string): { headers: Record<string, string> } => ({
  headers: { 'www-authenticate': error ? `Bearer error="${error}"` : 'Bearer' },
});

export class NotSignedIn extends ProblemError {
  constructor() {
    super(401, 'not-signed-in', 'This request needs an access token. Sign in first.', challenge());
  }
}

/** The token is malformed, forged, expired or for another service, or its user is deleted or inactive. */
export class TokenRefused extends ProblemError {
  constructor() {
    super(401, 'token-refused', 'The access token is invalid or has expired.', challenge('invalid_token'));
  }
}

export class NotStaff extends ProblemError {
  constructor() {
    super(403, 'not-staff', 'Only staff may do this.');
  }
}

/** The same error for a wrong name and a wrong password, so that it does not reveal which usernames exist. */
export class SignInRefused extends ProblemError {
  constructor() {
    super(401, 'sign-in-refused', 'The username or the password is wrong.', challenge());
  }
}

export class RefreshTokenRefused extends ProblemError {
  constructor() {
    super(
      401,
      'refresh-token-refused',
      'The refresh token is invalid, used or expired. Sign in again.',
      challenge(),
    );
  }
}

export class AccountTaken extends ProblemError {
  constructor(field: 'username' | 'email') {
    super(409, `${field}-taken`, `Another account has this ${field}.`);
  }
}
