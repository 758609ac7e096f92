/** What a test that outside-environment.mjs skips needs. */
const OUTSIDE = process.env.TEST_BASE_URL && 'an app of their own (TEST_BASE_URL)';

/** Prints a last line with the number of skipped tests and what they need (see optional.ts). */
export default class SkipReporter {
  /**
   * @param {unknown} _contexts
   * @param {{ testResults: { testResults: { status: string, ancestorTitles: string[] }[] }[] }} results
   */
  onRunComplete(_contexts, { testResults }) {
    /** @type {Record<string, number>} */
    const counts = {};
    for (const { status, ancestorTitles } of testResults.flatMap((file) => file.testResults)) {
      const need =
        /\(needs (.+)\)$/.exec(ancestorTitles.find((title) => title.includes('(needs ')) ?? '')?.[1] ??
        OUTSIDE;
      if (status === 'pending' && need) counts[need] = (counts[need] ?? 0) + 1;
    }
    const parts = Object.entries(counts).map(
      ([need, count]) => `${count} ${count === 1 ? 'test that needs' : 'tests that need'} ${need}`,
    );
    // Jest writes its own summary after this call.
    if (parts.length) process.once('exit', () => process.stderr.write(`Skipped: ${parts.join(', ')}\n`));
  }
}
