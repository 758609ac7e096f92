/** Allows four times a promised time, because tests may share the machine with other work. */
export const budget = (promisedMs: number): number => 4 * promisedMs;

/** How long a test waits for a condition before it fails. Tests that promise a time use `budget` instead. */
export const WAIT_MS = 60_000;

/** Waits until the condition is true. */
export async function until(condition: () => Promise<boolean>, timeoutMs = WAIT_MS): Promise<void> {
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > timeoutMs)
      throw new Error(`it did not come true within ${timeoutMs / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
