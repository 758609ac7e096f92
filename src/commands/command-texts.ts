interface Option {
  type: 'string' | 'boolean';
  /** Name of the value in the help text. */
  value?: string;
  default?: string;
  required?: boolean;
  text: string;
}
export interface Command {
  summary: string;
  /** Name of the one argument that is no option. */
  argument?: string;
  options: Readonly<Record<string, Option>>;
  environment: Readonly<Record<string, string>>;
  /** Meanings of the exit codes except 2, which all commands share. */
  exitCodes: Readonly<Record<number, string>>;
}

const SERVER = {
  DATABASE_HOST: 'host of the database; without it, the private database of npm start',
  'DATABASE_PORT, _USER, _PASSWORD, _NAME': 'how to reach it (3306, habi_user, no default, habi_db)',
};
const DATABASE = { ...SERVER, DATABASE_TIMEZONE: 'zone of the dates that other programs write (+00:00)' };
const START = {
  ...DATABASE,
  PORT: 'port of the API (8000)',
  JWT_SECRET: 'key that signs access tokens; by default one is generated in .local/',
  DEMO_DATA: 'true or false: demo data for an empty database (true for the private one)',
};
const USERNAME = {
  username: { type: 'string', required: true, value: 'U', text: 'the username' },
} as const;
const DONE_OR_FAILED = { 0: 'done', 1: 'failed; the error says why' };

/** The npm commands with arguments of their own: what `--help` prints, and what they take. */
export const COMMANDS = {
  start: {
    summary:
      'Brings the database up to date and serves the API, until Ctrl-C. Without DATABASE_HOST it runs a private database with demo data.',
    options: {},
    environment: START,
    exitCodes: { 0: 'stopped', 1: 'failed; the error says why' },
  },
  dev: {
    summary: 'Does what npm start does, and compiles and restarts after each change of a source.',
    options: {},
    environment: START,
    exitCodes: { 0: 'stopped', 1: 'failed; the error says why' },
  },
  migrate: {
    summary:
      'Brings the schema up to date and fills the search tables. It only adds, can be interrupted anywhere, and changes nothing the second time.',
    options: {},
    environment: {
      ...DATABASE,
      DATABASE_SERVICE_USER: 'user@host of the account that serves, which gets its rights (none)',
    },
    exitCodes: DONE_OR_FAILED,
  },
  'adopt:check': {
    summary:
      'Reports what migrate would do to an existing database, and what a person must decide first. It reads only (docs/adoption.md).',
    options: {},
    environment: DATABASE,
    exitCodes: { 0: 'nothing to decide', 1: 'a person must decide something, or the check failed' },
  },
  import: {
    summary:
      'Imports the listings of a CSV, NDJSON or JSON file, also compressed with gzip. Rejected rows go into a file, with their reasons (docs/import.md).',
    argument: 'FILE',
    options: {
      map: {
        type: 'string',
        value: 'MAP.json',
        text: 'which column is which field; without it, columns have the names of fields',
      },
      'dry-run': { type: 'boolean', text: 'read and check all rows, and store none' },
    },
    environment: DATABASE,
    exitCodes: {
      0: 'read to the end, also with rejected rows',
      1: 'failed, or all rows were rejected',
      130: 'stopped by Ctrl-C; the summary says where',
      143: 'stopped by SIGTERM, in the same way',
    },
  },
  'user:create': {
    summary: 'Creates an account.',
    options: {
      username: {
        type: 'string',
        required: true,
        value: 'U',
        text: '1 to 150 letters, digits and @ . + - _',
      },
      email: { type: 'string', required: true, value: 'E', text: 'the email address' },
      password: {
        type: 'string',
        value: 'P',
        text: 'visible to others on this machine: without it, the command asks, or reads a line of its input',
      },
      staff: { type: 'boolean', text: 'may change properties and read the ranking' },
    },
    environment: DATABASE,
    exitCodes: { 0: 'created', 1: 'refused or failed; the error says why' },
  },
  'user:reset-totp': {
    summary: 'Removes the second factor of an account, whose user lost the device and the recovery codes.',
    options: { username: { type: 'string', required: true, value: 'U', text: 'of the account' } },
    environment: DATABASE,
    exitCodes: { 0: 'removed, or there was none', 1: 'failed; the error says why' },
  },
  'user:list': {
    summary: 'Lists up to 100 users by username: id, username, staff, active, last sign-in.',
    options: {
      prefix: { type: 'string', value: 'TEXT', text: 'users whose username begins with it' },
      staff: { type: 'boolean', text: 'staff only' },
      inactive: { type: 'boolean', text: 'users who are not active only' },
    },
    environment: DATABASE,
    exitCodes: DONE_OR_FAILED,
  },
  'user:deactivate': {
    summary: 'Keeps a user from signing in, and ends their sign-ins. Access ends within 30 seconds.',
    options: USERNAME,
    environment: DATABASE,
    exitCodes: DONE_OR_FAILED,
  },
  'user:activate': {
    summary: 'Lets a deactivated user sign in again.',
    options: USERNAME,
    environment: DATABASE,
    exitCodes: DONE_OR_FAILED,
  },
  'user:staff': {
    summary: 'Makes a user staff, who may change properties and read the ranking.',
    options: { ...USERNAME, remove: { type: 'boolean', text: 'makes the user no longer staff' } },
    environment: DATABASE,
    exitCodes: DONE_OR_FAILED,
  },
  'user:end-sessions': {
    summary: 'Ends all sign-ins of a user. Access ends within 30 seconds.',
    options: USERNAME,
    environment: DATABASE,
    exitCodes: DONE_OR_FAILED,
  },
  'user:reset': {
    summary:
      'Prints a link, or without MAIL_URL a token, with which the user can choose a new password once, within an hour.',
    options: { ...USERNAME, mail: { type: 'boolean', text: 'send the link to the user instead' } },
    environment: {
      ...DATABASE,
      'MAIL_URL, MAIL_FROM, MAIL_LINK_URL': 'how mails are sent, and the page that links open',
    },
    exitCodes: DONE_OR_FAILED,
  },
  'user:erase': {
    summary:
      'Erases an account as DELETE /v1/me does (docs/privacy.md). It cannot be undone. The service does the rest in the background.',
    options: {
      username: { type: 'string', value: 'U', text: 'the username' },
      id: { type: 'string', value: 'N', text: 'or the id, also of a user whom another program has deleted' },
    },
    environment: DATABASE,
    exitCodes: DONE_OR_FAILED,
  },
  rebuild: {
    summary:
      'Recomputes all derived data: current statuses, search tables, ranking. It prints how many rows were wrong. The service may run meanwhile.',
    options: {},
    environment: DATABASE,
    exitCodes: DONE_OR_FAILED,
  },
  'after-restore': {
    summary:
      'After a restore from a backup, goes past the versions, sequences and ids that were given out in the lost time (docs/operators.md).',
    options: {},
    environment: DATABASE,
    exitCodes: DONE_OR_FAILED,
  },
  openapi: {
    summary: 'Writes docs/openapi.json from the decorators of the code. It needs no database.',
    options: { check: { type: 'boolean', text: 'write nothing; fail when the file is out of date' } },
    environment: {},
    exitCodes: { 0: 'written, or up to date', 1: 'failed; with --check: out of date' },
  },
  bench: {
    summary:
      'Measures the service and a hand-written floor on the same tables, in a database of its own (docs/benchmark.md).',
    options: {
      properties: { type: 'string', value: 'N', default: '1000000', text: 'properties in the database' },
      compare: { type: 'string', value: 'N', default: '10000', text: 'properties in the smaller database' },
      seconds: { type: 'string', value: 'S', default: '3', text: 'seconds of each measurement' },
      rounds: {
        type: 'string',
        value: 'N',
        default: '5',
        text: 'measurements of each job; the median counts',
      },
      only: { type: 'string', value: 'PATTERN', default: '.', text: 'the jobs whose name matches' },
      explain: { type: 'boolean', text: 'write the query plans instead' },
      ranking: { type: 'boolean', text: 'measure the ranking instead' },
      adoption: { type: 'boolean', text: 'measure the migration of an existing database instead' },
      idle: { type: 'boolean', text: 'measure the service without requests instead' },
      attack: {
        type: 'string',
        value: 'SECONDS',
        text: 'measure ordinary callers beside an attacker instead',
      },
      overload: {
        type: 'string',
        value: 'SECONDS',
        text: 'offer up to three times what the service can do, for so long each, instead',
      },
      soak: { type: 'string', value: 'MINUTES', text: 'send mixed requests, and watch the memory, instead' },
    },
    environment: {
      ...SERVER,
      DATABASE_HOST: 'host of the server; without it, a private server that npm run bench starts',
      PRIVATE_DATABASE_MEMORY: 'memory of the private server for its tables (4G)',
    },
    exitCodes: DONE_OR_FAILED,
  },
} as const satisfies Record<string, Command>;
