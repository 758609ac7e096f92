/**
 * Wraps `work` so that at most one run exists at a time. Calls during a run, and within `ms` after its end, get its result.
 * A failure rejects the waiting calls and is not kept.
 */
export function shareFor<T>(ms: number, work: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  let expiresAt = Infinity;
  return () => {
    if (current && performance.now() < expiresAt) return current;
    expiresAt = Infinity;
    const running = work();
    current = running;
    running.then(
      () => (expiresAt = performance.now() + ms),
      () => (current = undefined),
    );
    return running;
  };
}
