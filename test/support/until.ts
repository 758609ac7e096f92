/** Waits until it is so. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > 15_000) throw new Error('it did not come true within 15 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
