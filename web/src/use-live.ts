import { useContext, useEffect, useState } from 'preact/hooks';
import { CallFailed, canHeal } from './api-call.ts';
import { Session } from './session.ts';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

export interface Live<T> {
  /** What is known; while it is asked for something else, still of what was asked before. Null when there is nothing to show. */
  data: T | null;
  /** Whether `data` is of another key than the one that is asked for. */
  isStale: boolean;
  /** Why the last call failed; null when it did not. What can heal is tried again. */
  problem: CallFailed | null;
}

/**
 * What a call gives, kept up to date while the page is looked at; also when the service was away for a while.
 * @param key of what is asked for
 * @param every milliseconds; null: once
 */
export function useLive<T>(key: string, ask: () => Promise<T>, every: number | null): Live<T> {
  const [known, setKnown] = useState<{ key: string; data: T | null }>({ key: '', data: null });
  const [failure, setFailure] = useState<{ key: string; problem: CallFailed } | null>(null);
  const setSession = useContext(Session);
  useEffect(() => {
    let isOver = false;
    let isAsking = false;
    let retry = FIRST_RETRY_MS;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const look = async () => {
      if (isOver || isAsking || document.visibilityState === 'hidden') return;
      clearTimeout(timer);
      isAsking = true;
      let wait = every;
      try {
        const data = await ask();
        if (isOver) return;
        setKnown({ key, data });
        setFailure(null);
        setSession('signed-in');
        retry = FIRST_RETRY_MS;
      } catch (error) {
        if (isOver) return;
        const problem = error instanceof CallFailed ? error : new CallFailed(0, [], null);
        if (problem.status === 401) return setSession('signed-out');
        if (problem.status === 403) return setSession('not-staff');
        setFailure({ key, problem });
        // What is wrong with the question stays wrong, but who asks was let in.
        if (!canHeal(problem)) setSession('signed-in');
        wait = canHeal(problem) ? Math.max(retry, (problem.retryAfter ?? 0) * 1_000) : null;
        retry = Math.min(retry * 2, LONGEST_RETRY_MS);
      } finally {
        isAsking = false;
      }
      if (wait !== null) timer = setTimeout(() => void look(), wait);
    };
    const lookAgain = () => void look();
    void look();
    document.addEventListener('visibilitychange', lookAgain);
    globalThis.addEventListener('online', lookAgain);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', lookAgain);
      globalThis.removeEventListener('online', lookAgain);
    };
  }, [key]);
  const isStale = known.key !== key;
  const problem = failure?.key === key ? failure.problem : null;
  // Old numbers under other filters, or of a home that is gone, would be wrong for longer than a moment.
  return { data: problem && (isStale || !canHeal(problem)) ? null : known.data, isStale, problem };
}
