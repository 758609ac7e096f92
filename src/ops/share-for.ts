/**
 * One run of `work` at a time: all who ask while it runs get its result, and so do those who ask within `ms` after it
 * ended. A failure is given to those who waited for it, and not kept.
 */
export function shareFor<T>(ms: number, work: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  let until = Infinity;
  return () => {
    if (current && performance.now() < until) return current;
    until = Infinity;
    const running = work();
    current = running;
    running.then(
      () => (until = performance.now() + ms),
      () => (current = undefined),
    );
    return running;
  };
}
