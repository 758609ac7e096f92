import type { ProblemType } from '../http/problem-types.js';

interface Kind {
  /** ECS `event.category` and `event.type`. */
  category: readonly string[];
  type: readonly string[];
}

/** The actions of the security log. The names and values are those of the Elastic Common Schema (ECS). */
export const SECURITY_ACTIONS = {
  'sign-in': { category: ['authentication'], type: ['start'] },
  'sign-out': { category: ['authentication'], type: ['end'] },
  registration: { category: ['iam'], type: ['user', 'creation'] },
  'staff-registration': { category: ['iam'], type: ['admin', 'creation'] },
  'account-change': { category: ['iam'], type: ['user', 'change'] },
  'token-check': { category: ['authentication'], type: ['denied'] },
  'token-refresh': { category: ['authentication'], type: ['denied'] },
  'token-reuse': { category: ['authentication', 'intrusion_detection'], type: ['denied'] },
  'access-check': { category: ['api'], type: ['denied'] },
  'rate-limit': { category: ['api'], type: ['denied'] },
  'staff-change': { category: ['api', 'database'], type: ['change'] },
  'staff-export': { category: ['api', 'database'], type: ['access'] },
  command: { category: ['process'], type: ['end'] },
} as const satisfies Record<string, Kind>;

export type SecurityAction = keyof typeof SECURITY_ACTIONS;

const ACTION_OF_PROBLEM: Partial<Record<ProblemType, SecurityAction>> = {
  'sign-in-refused': 'sign-in',
  'totp-code-refused': 'sign-in',
  'refresh-token-refused': 'token-refresh',
  'token-refused': 'token-check',
  'username-taken': 'registration',
  'email-taken': 'registration',
};
const ACTION_OF_STATUS: Readonly<Record<number, SecurityAction>> = {
  401: 'access-check',
  403: 'access-check',
  429: 'rate-limit',
};

/** A sign-in that goes on with the code of the second factor. */
const NO_EVENT: ProblemType = 'totp-code-required';

/** The action that failed with this problem; undefined: the problem is no security event. */
export function actionOfProblem(type: ProblemType | undefined, status: number): SecurityAction | undefined {
  if (type === NO_EVENT) return undefined;
  return (type && ACTION_OF_PROBLEM[type]) ?? ACTION_OF_STATUS[status];
}
