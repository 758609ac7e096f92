import { describe, expect, it } from '@jest/globals';
import { createLogger, NestLogger } from './logging.js';

describe('the log', () => {
  it('does not contain the values of a failed statement', () => {
    const lines: string[] = [];
    const logger = new NestLogger(createLogger('info', { write: (line: string) => lines.push(line) }));
    logger.error(
      Object.assign(new Error("Duplicate entry 'secret@example.com' for key 'x'"), {
        sqlState: '23000',
        errno: 1062,
      }),
      'Somewhere',
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('secret');
    expect(lines[0]).toContain('1062');
  });
});
