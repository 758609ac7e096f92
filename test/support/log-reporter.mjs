import { createReadStream, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL(`../../.local/test-log-${process.pid}`, import.meta.url));
const MAX_SHOWN = 20;
/** A shorter name may be a word of the log. */
const MIN_NAME_LENGTH = 6;

/** No line may match these. */
const FORBIDDEN = [
  ['an email', /[\w.+-]+@[\w-]+\.[a-z]{2,}/i],
  ['a token', /(?<![\w-])eyJ[\w-]{10,}|Bearer \S/],
  ['a phone number', /\+57[ -]?\d{3}/],
];
/** Only lines of the security log may match these (docs/security-log.md). */
const FOR_SECURITY = [
  // Addresses of this machine are those of servers and ports.
  ['an address', /(?<![\w.])(?!127\.|0\.0\.0\.0|10\.0\.0\.3)(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|\b2001:db8:/],
  ['a user', /"user(Id|_id)?":|\buser \d/i],
];

/**
 * Checks all log lines of all services that the tests started: none has personal data. A line that has some fails the run.
 * test/support/collected-log.ts writes the lines, and the names, emails and passwords of the tests' accounts.
 */
export default class LogReporter {
  /** @type {Error | undefined} */
  #error;

  constructor() {
    process.env.TEST_LOG_FOLDER = FOLDER;
    mkdirSync(FOLDER, { recursive: true });
  }

  getLastError() {
    return this.#error;
  }

  async onRunComplete() {
    const faults = await faultsOf(FOLDER);
    rmSync(FOLDER, { recursive: true, force: true });
    if (faults.length === 0) return;
    this.#error = new Error('log lines have personal data');
    process.once('exit', () =>
      process.stderr.write(`Log lines with personal data:\n${faults.slice(0, MAX_SHOWN).join('\n')}\n`),
    );
  }
}

/** @param {string} folder */
export async function faultsOf(folder) {
  const files = readdirSync(folder).map((file) => join(folder, file));
  const words = new Set();
  /** @type {string[]} */
  const phrases = [];
  for (const file of files.filter((name) => name.endsWith('.personal')))
    for (const line of new Set(readFileSync(file, 'utf8').split('\n').filter(Boolean))) {
      const value = String(JSON.parse(line)).toLowerCase();
      if (value.length < MIN_NAME_LENGTH) continue;
      if (WORD.test(value)) words.add(value);
      else phrases.push(value);
    }
  const faults = [];
  for (const file of files.filter((name) => name.endsWith('.log')))
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const fault = faultOf(line, words, phrases);
      if (fault) faults.push(`${fault}: ${line.slice(0, 1_000)}`);
    }
  return faults;
}

const WORD = /^[\p{L}\p{N}_-]+$/u;
const WORDS = /[\p{L}\p{N}_-]+/gu;

/** @param {string} line @param {Set<unknown>} words @param {string[]} phrases */
function faultOf(line, words, phrases) {
  const mayNameCallers = line.includes('"logger":"security"') || line.includes('listening at http');
  const patterns = mayNameCallers ? FORBIDDEN : [...FORBIDDEN, ...FOR_SECURITY];
  const found = patterns.find(([, pattern]) => /** @type {RegExp} */ (pattern).test(line));
  if (found) return found[0];
  const lower = line.toLowerCase();
  const word = lower.match(WORDS)?.find((each) => words.has(each));
  if (word) return `the name or secret "${word}"`;
  const phrase = phrases.find((each) => lower.includes(each));
  return phrase && `the name or secret "${phrase}"`;
}
