import type { MigrationPlan } from '../database/migrations/migration-plan.js';
import type { Findings } from './adoption-check.js';
import type { Finding } from './finding.js';

/**
 * The report of `npm run adopt:check`.
 * @param database a description of the database, for the first line
 */
export function report(database: string, plan: MigrationPlan, { actions, notes }: Findings): string {
  const conflicts: Finding[] = plan.conflicts.map((title) => ({
    title,
    lines: [
      'The migration needs this name. Rename yours first, here and in the programs that use it, or do not migrate this database.',
    ],
  }));
  const existing: Finding[] = plan.existingColumns.map((column) => ({
    title: `The column ${column} already exists`,
    lines: [
      'The service will read and write it as its own column. That is correct if an interrupted migration left it.',
      'If it belongs to another program, remove it from the rollback SQL, which would drop it.',
    ],
  }));
  const required = [...conflicts, ...existing, ...actions];
  return [
    `${database}. Nothing was changed.`,
    section(
      'What npm run migrate would add',
      plan.statements.length === 0 ? ['Nothing: the database is up to date.'] : additions(plan),
    ),
    section(
      `Action required: ${required.length || 'nothing'}`,
      required.flatMap(({ title, lines }, i) => [
        `${i + 1}. ${title}.`,
        ...lines.map((line) => `   ${line}`),
      ]),
    ),
    section(
      'Notes',
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

/** One line for all new tables, and one for each altered table. */
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
  const labelled = (label: string, names: Iterable<string>): string => {
    const list = [...names].join(', ');
    return list === '' ? '' : `${label} ${list}`;
  };
  return [
    labelled('tables', created.length > 0 ? [...created, 'mikro_orm_migrations'] : []),
    ...[...columns].map(([table, names]) =>
      [`to ${table}:`, labelled('columns', names), labelled('indexes', plan.indexesOf(table))].join(' '),
    ),
  ].filter((line) => line !== '');
}

const section = (title: string, lines: readonly string[]): string =>
  [title, ...lines.map((line) => `  ${line}`)].join('\n');

/** Replaces the indentation of the source code. */
function aligned(statement: string): string {
  const lines = statement.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join('\n    ');
}
