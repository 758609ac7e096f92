import { useContext, useEffect, useState } from 'preact/hooks';
import { CallFailed, isTransient } from './api-call.ts';
import { SetSession } from './session.ts';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

export interface Live<T> {
  /** The last result. While a new key loads, still the result of the previous key. Null when there is nothing to show. */
  data: T | null;
  /** The key that `data` belongs to. */
  dataKey: string;
  /** True while `data` belongs to the previous key. */
  isStale: boolean;
  /** Why the last call of this key failed; null after a success. Transient failures are retried. */
  problem: CallFailed | null;
}

/**
 * The result of a call, refreshed while the page is visible. After a transient failure it retries, with a growing delay.
 * @param key identifies the result; a new key starts a new call
 * @param refreshMs time between two calls; null: call once
 */
export function useLive<T>(key: string, load: () => Promise<T>, refreshMs: number | null): Live<T> {
  const [loaded, setLoaded] = useState<{ key: string; data: T | null }>({ key: '', data: null });
  const [failure, setFailure] = useState<{ key: string; problem: CallFailed } | null>(null);
  const setSession = useContext(SetSession);
  useEffect(() => {
    let isOver = false;
    let isLoading = false;
    let retryMs = FIRST_RETRY_MS;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const refresh = async () => {
      if (isOver || isLoading || document.visibilityState === 'hidden') return;
      clearTimeout(timer);
      isLoading = true;
      let waitMs = refreshMs;
      try {
        const data = await load();
        if (isOver) return;
        setLoaded({ key, data });
        setFailure(null);
        setSession('signed-in');
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        if (isOver) return;
        const problem = error instanceof CallFailed ? error : new CallFailed(0, [], null);
        if (problem.status === 401) return setSession('signed-out');
        if (problem.status === 403) return setSession('not-staff');
        setFailure({ key, problem });
        // The service refused the request itself, so the session is valid.
        if (!isTransient(problem)) setSession('signed-in');
        waitMs = isTransient(problem) ? Math.max(retryMs, (problem.retryAfter ?? 0) * 1_000) : null;
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      } finally {
        isLoading = false;
      }
      if (waitMs !== null) timer = setTimeout(() => void refresh(), waitMs);
    };
    const refreshNow = () => void refresh();
    refreshNow();
    document.addEventListener('visibilitychange', refreshNow);
    globalThis.addEventListener('online', refreshNow);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', refreshNow);
      globalThis.removeEventListener('online', refreshNow);
    };
  }, [key]);
  const isStale = loaded.key !== key;
  const problem = failure?.key === key ? failure.problem : null;
  // After a failure, the numbers of other filters or of a property that is gone would stay on screen for too long.
  const isMisleading = problem !== null && (isStale || !isTransient(problem));
  return { data: isMisleading ? null : loaded.data, dataKey: loaded.key, isStale, problem };
}
