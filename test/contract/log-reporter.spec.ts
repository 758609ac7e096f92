import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';

const { faultsOf } = (await import('../support/log-reporter.mjs')) as {
  faultsOf: (folder: string) => Promise<string[]>;
};
const folder = mkdtempSync(join(tmpdir(), 'logs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SECURITY = '"log":{"logger":"security"}';

it.each([
  ['an email', '{"msg":"mail to ana@example.com"}'],
  ['an email', `{${SECURITY},"msg":"ana@example.com"}`],
  ['a token', '{"msg":"eyJhbGciOiJIUzI1NiJ9.e30"}'],
  ['a phone number', '{"msg":"+57 3001234567"}'],
  ['an address', '{"msg":"request of 203.0.113.7"}'],
  ['a user', '{"userId":7}'],
  ['the name or secret "rosalinda"', '{"msg":"GET /v1/users/Rosalinda"}'],
  ['the name or secret "tres casas"', `{${SECURITY},"msg":"tres casas"}`],
  [null, `{${SECURITY},"user":{"id":"7"},"source":{"ip":"203.0.113.7"}}`],
  [null, '{"msg":"Server listening at http://192.0.2.2:41285"}'],
])('the check of the log at the end of the run finds %s in %s', async (fault, line) => {
  writeFileSync(join(folder, '1.personal'), '"Rosalinda"\n"tres casas"\n"ana"\n');
  writeFileSync(join(folder, '1.log'), `${line}\n`);
  expect(await faultsOf(folder)).toEqual(fault === null ? [] : [`${fault}: ${line}`]);
});
