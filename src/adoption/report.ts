import type { MigrationPlan } from '../database/migrations/migration-plan.js';
import type { Findings } from './adoption-check.js';
import type { Finding } from './finding.js';

/** What a person reads before a database is adopted. */
export function report(database: string, plan: MigrationPlan, { forPeople, notes }: Findings): string {
  const conflicts: Finding[] = plan.conflicts.map((title) => ({
    title,
    lines: [
      'The migration would take it for its own. Rename it before, here and in the programs that use it, or leave this database alone.',
    ],
  }));
  const taken: Finding[] = plan.taken.map((column) => ({
    title: `The column ${column} is there already`,
    lines: [
      'The service will read and write it as its own, unless it is what a migration that was interrupted has left.',
      'If it is another program’s, leave it out of the SQL that rolls back: that drops it.',
    ],
  }));
  const open = [...conflicts, ...taken, ...forPeople];
  return [
    `${database}. Nothing was changed.`,
    section(
      'What npm run migrate would add',
      plan.statements.length === 0 ? ['Nothing: it is up to date.'] : additions(plan),
    ),
    section(
      `What needs a person: ${open.length === 0 ? 'nothing' : `${open.length}`}`,
      open.flatMap(({ title, lines }, i) => [`${i + 1}. ${title}.`, ...lines.map((line) => `   ${line}`)]),
    ),
    section(
      'What to know',
      notes.flatMap(({ title, lines }) => [`- ${title}.`, ...lines.map((line) => `  ${line}`)]),
    ),
    ...(plan.statements.length === 0
      ? []
      : [
          section(
            'The SQL, in this order',
            plan.statements.map((statement) => `${aligned(statement)};`),
          ),
        ]),
  ].join('\n\n');
}

function additions(plan: MigrationPlan): string[] {
  const created: string[] = [];
  const columns = new Map<string, string[]>();
  for (const statement of plan.statements) {
    const [, table] = /^create table if not exists (\w+)/.exec(statement) ?? [];
    if (table) created.push(table);
    const [, altered] = /^alter table (\w+)/.exec(statement) ?? [];
    if (!altered || created.includes(altered)) continue;
    const added = [...statement.matchAll(/add column (\w+)/g)].map(([, name]) => name as string);
    columns.set(altered, [...(columns.get(altered) ?? []), ...added]);
  }
  const listed = (what: string, names: Iterable<string>): string => {
    const list = [...names].join(', ');
    return list === '' ? '' : `${what} ${list}`;
  };
  return [
    listed('tables', created.length > 0 ? [...created, 'mikro_orm_migrations'] : []),
    ...[...columns].map(([table, names]) =>
      [`to ${table}:`, listed('columns', names), listed('indexes', plan.indexesOf(table))].join(' '),
    ),
  ].filter((line) => line !== '');
}

const section = (title: string, lines: readonly string[]): string =>
  [title, ...lines.map((line) => `  ${line}`)].join('\n');

/** Its lines one below the other, without the indentation that they have in their source. */
function aligned(statement: string): string {
  const lines = statement.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join('\n    ');
}
