import { ProblemError } from '../http/problem.js';

const challenge = (error?: string): { headers: Record<string, string> } => ({
  headers: { 'www-authenticate': error ? `Bearer error="${error}"` : 'Bearer' },
});

export class NotSignedIn extends ProblemError {
  constructor() {
    super(401, 'not-signed-in', 'Sign in first: this needs an access token.', challenge());
  }
}

/** Malformed, forged, expired, for somebody else, or its user may not sign in any more. */
export class TokenRefused extends ProblemError {
  constructor() {
    super(401, 'token-refused', 'The access token is not valid (any more).', challenge('invalid_token'));
  }
}

export class NotStaff extends ProblemError {
  constructor() {
    super(403, 'not-staff', 'This is for staff only.');
  }
}

/** One for a wrong name and a wrong password: it tells nobody which names there are. */
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
      'The refresh token is not valid (any more). Sign in again.',
      challenge(),
    );
  }
}

export class AccountTaken extends ProblemError {
  constructor(field: 'username' | 'email') {
    super(409, `${field}-taken`, `There is an account with this ${field} already.`);
  }
}
