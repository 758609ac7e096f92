import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { Config } from '../config/config.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { SecurityLog } from './security-log.js';

function recordAt(level: 'error' | 'silent'): object[] {
  const lines: string[] = [];
  const log = new SecurityLog(new MetricsRegistry(), { jwtSecret: null } as Config);
  log.attachToCommand('import', pino({ level }, { write: (line: string) => lines.push(line) }));
  log.record('command', { outcome: 'failure' });
  return lines.map((line) => JSON.parse(line) as object);
}

describe('the security log', () => {
  it('is written when LOG_LEVEL leaves out other lines of its level', () => {
    expect(recordAt('error')).toHaveLength(1);
    expect(recordAt('silent')).toHaveLength(0);
  });

  it('names the command, the account of the operating system and the host', () => {
    expect(recordAt('error')).toMatchObject([
      {
        event: { action: 'command', outcome: 'failure' },
        process: { name: 'import', user: { name: expect.any(String) } },
        host: { hostname: expect.any(String) },
      },
    ]);
  });
});
