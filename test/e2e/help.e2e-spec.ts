import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { database, useDatabase } from '../support/suite.js';

useDatabase({ migrated: false });

const CLONE = fileURLToPath(new URL('../..', import.meta.url));
// Without DATABASE_HOST, a command that goes on starts a private server and says so.
const { DATABASE_HOST: _host, ...NO_DATABASE } = process.env;

interface Result {
  code: number;
  output: string;
  errors: string;
}

async function run(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<Result> {
  const child = spawn(program, args, { cwd: CLONE, env });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { code, output, errors };
}
const npm = (command: string, ...args: string[]): Promise<Result> =>
  run('npm', ['run', '--silent', command, '--', ...args], NO_DATABASE);

/** Every npm command with a help text, and what the text must name. */
const COMMANDS: [name: string, ...words: string[]][] = [
  ['start', 'PORT', 'JWT_SECRET', 'DEMO_DATA', 'DATABASE_HOST'],
  ['dev', 'PORT', 'DATABASE_HOST'],
  ['migrate', 'DATABASE_HOST', 'DATABASE_TIMEZONE'],
  ['adopt:check', 'DATABASE_HOST', 'a person must decide'],
  ['import', 'FILE', '--map MAP.json', '--dry-run', '130', 'DATABASE_HOST'],
  ['user:reset-totp', '--username U', 'DATABASE_HOST'],
  ['user:create', '--username U', '--email E', '--password P', '[--staff]', 'DATABASE_HOST'],
  ['user:list', '[--prefix TEXT]', '[--staff]', '[--inactive]'],
  ['user:deactivate', '--username U'],
  ['user:activate', '--username U'],
  ['user:staff', '--username U', '[--remove]'],
  ['user:end-sessions', '--username U'],
  ['user:reset', '--username U', '[--mail]', 'MAIL_URL'],
  ['user:erase', '[--username U]', '[--id N]'],
  ['rebuild', 'DATABASE_HOST'],
  ['after-restore', 'DATABASE_HOST'],
  ['openapi', '--check'],
  ['bench', '--properties N', '--soak MINUTES', '(1000000)', 'PRIVATE_DATABASE_MEMORY'],
];

describe.each(COMMANDS)('npm run %s', (name, ...words) => {
  it('-- --help prints usage, options, environment and exit codes, and does nothing else', async () => {
    const { code, output, errors } = await npm(name, '--help');
    expect([code, errors]).toEqual([0, '']);
    expect(output).toMatch(new RegExp(`^Usage: npm run ${name}\\b`));
    expect(output).toMatch(/^Options:\n[^]*^ {2}-h, --help [^]*^Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 /m);
    for (const word of words) expect(output).toContain(word);
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThan(121);
  });
});

it.each(['start', 'import', 'openapi', 'bench'])(
  'npm run %s ends an unknown option with its usage and exit code 2, before a database starts',
  async (name) => {
    const { code, output, errors } = await npm(name, '--mop');
    expect([code, output]).toEqual([2, '']);
    expect(errors).toMatch(
      new RegExp(`^Unknown option '--mop'[^\\n]*\\nUsage: npm run ${name}\\b[^\\n]*\\n$`),
    );
  },
);

it('a compiled command prints its help without npm, as in the image', async () => {
  const { code, output } = await run(process.execPath, ['dist/commands/migrate.js', '-h'], NO_DATABASE);
  expect([code, output.split('\n')[0]]).toEqual([0, 'Usage: npm run migrate']);
});

it('npm run rebuild says which database it works on', async () => {
  const { host, port, name } = database.config.database;
  await run('npm', ['run', '--silent', 'migrate'], { ...process.env, ...database.environment });
  const { code, output } = await run('npm', ['run', '--silent', 'rebuild'], {
    ...process.env,
    ...database.environment,
  });
  expect([code, output.split('\n')]).toEqual([
    0,
    [
      `Rebuilding the derived data of ${name} at ${host}:${port}.`,
      expect.stringMatching(/^Recomputed 0 /),
      '',
    ],
  ]);
});
