import { createContext } from 'preact';
import { type Account, endSessions, listPropertyRanking, startSession } from './api/index.ts';
import { call, CallFailed, failureOf, withSessionLock } from './api-call.ts';

/** `unknown` until the first response. The tokens are in cookies that scripts cannot read. */
export type SessionState = 'unknown' | 'signed-in' | 'signed-out' | 'not-staff';

/** Sets the session state of the app; views call it with what a response shows. */
export const SetSession = createContext<(state: SessionState) => void>(() => {});

// Stores only that a session exists. Other tabs watch this key, and without it the page shows the sign-in form at once.
const STORAGE_KEY = 'signed-in';

export const initialSession = (): SessionState =>
  localStorage.getItem(STORAGE_KEY) ? 'unknown' : 'signed-out';

/**
 * Calls `listener` when another tab signs in or out.
 * @returns a function that stops it
 */
export function onSessionOfOtherTab(listener: (state: SessionState) => void): () => void {
  const onStorage = ({ key, newValue }: StorageEvent) => {
    if (key === STORAGE_KEY) listener(newValue ? 'unknown' : 'signed-out');
  };
  globalThis.addEventListener('storage', onStorage);
  return () => globalThis.removeEventListener('storage', onStorage);
}

export function storeSession(state: SessionState): void {
  if (state === 'signed-in') localStorage.setItem(STORAGE_KEY, 'yes');
  if (state === 'signed-out' || state === 'not-staff') localStorage.removeItem(STORAGE_KEY);
}

/**
 * @param code of the second factor, for an account that has one
 * @throws CallFailed
 * @throws CookiesNotKept
 */
export async function signIn(username: string, password: string, code?: string): Promise<Account> {
  const { data, response, error } = await startSession({ body: { username, password, code } });
  if (!data) throw failureOf(response, error);
  if (data.isStaff) await call(() => listPropertyRanking({ query: { limit: 1 } })).catch(throwCookiesNotKept);
  return data;
}

/**
 * Ends every session of the user, in all tabs and on other machines.
 * @returns false if the service did not confirm it
 */
export async function signOut(): Promise<boolean> {
  // The lock waits for a refresh in flight, which would set new cookies after the sign-out.
  const { response } = await withSessionLock(() => endSessions());
  return response?.ok ?? false;
}

/** The password was right, but the browser stored no cookies: `Secure` cookies need TLS. */
export class CookiesNotKept extends Error {}

function throwCookiesNotKept(error: unknown): never {
  throw error instanceof CallFailed && error.status === 401 ? new CookiesNotKept() : error;
}
