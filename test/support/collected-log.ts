import { appendFileSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

// log-reporter.mjs sets it, and checks the files at the end of the run.
const FOLDER = process.env.TEST_LOG_FOLDER;

let file: number | undefined;

/** Keeps log lines of a service for the check at the end of the run. */
export function collectLog(lines: string): void {
  if (!FOLDER) return;
  file ??= openSync(join(FOLDER, `${process.pid}.log`), 'a');
  writeSync(file, lines);
}

/** Names, emails, passwords and tokens that must not be in a log line. */
export function collectPersonal(values: Record<string, unknown>): void {
  const own = Object.entries(values).filter(
    ([name, value]) => PERSONAL.test(name) && typeof value === 'string',
  );
  if (FOLDER && own.length > 0)
    appendFileSync(
      join(FOLDER, `${process.pid}.personal`),
      own.map(([, value]) => `${JSON.stringify(value)}\n`).join(''),
    );
}

const PERSONAL = /^(username|email|.*password|.*token)$/i;
