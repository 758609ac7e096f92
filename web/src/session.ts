import { createContext } from 'preact';
import { type Account, endSessions, listPropertyRanking, startSession } from './api/index.ts';
import { call, CallFailed, oneAtATime, problemOf } from './api-call.ts';

/** `unknown` until the service has answered. Nothing of a token is here: they are in cookies that scripts can not read. */
export type SessionState = 'unknown' | 'signed-in' | 'signed-out' | 'not-staff';

/** Says what the service has said of who asks. */
export const Session = createContext<(state: SessionState) => void>(() => {});

// That there is a session, and nothing of it: for the other tabs, and so that nobody is asked for data who has to sign in first.
const KEY = 'signed-in';

export const initialSession = (): SessionState => (localStorage.getItem(KEY) ? 'unknown' : 'signed-out');

/** When another tab has signed in or out. */
export function onSessionElsewhere(listener: (state: SessionState) => void): () => void {
  const heard = ({ key, newValue }: StorageEvent) => {
    if (key === KEY) listener(newValue ? 'unknown' : 'signed-out');
  };
  globalThis.addEventListener('storage', heard);
  return () => globalThis.removeEventListener('storage', heard);
}

export function noteSession(state: SessionState): void {
  if (state === 'signed-in') localStorage.setItem(KEY, 'yes');
  if (state === 'signed-out' || state === 'not-staff') localStorage.removeItem(KEY);
}

/**
 * @throws CallFailed
 * @throws CookiesNotKept
 */
export async function signIn(username: string, password: string): Promise<Account> {
  const { data, response, error } = await startSession({ body: { username, password } });
  if (!data) throw problemOf(response, error);
  if (data.isStaff) await call(() => listPropertyRanking({ query: { limit: 1 } })).catch(notKept);
  return data;
}

/**
 * Everywhere: in all tabs, and on other machines.
 * @returns whether it was done; not when the service did not answer
 */
export async function signOut(): Promise<boolean> {
  // Not while new cookies are under way: they would be there afterwards.
  const { response } = await oneAtATime(() => endSessions());
  return response?.ok ?? false;
}

/** Signed in, and not let in: on an address without TLS browsers keep none of our cookies. */
export class CookiesNotKept extends Error {}

function notKept(error: unknown): never {
  throw error instanceof CallFailed && error.status === 401 ? new CookiesNotKept() : error;
}
