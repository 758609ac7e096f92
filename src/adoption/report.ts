import type { MigrationPlan } from '../database/migrations/migration-plan.js';
import type { Finding, Findings } from './adoption-check.js';

/** What a person reads before a database is adopted. */
export function report(database: string, plan: MigrationPlan, { forPeople, notes }: Findings): string {
  const conflicts: Finding[] = plan.conflicts.map((title) => ({
    title,
    lines: ['Rename it: the migration would take it for its own.'],
  }));
  const open = [...conflicts, ...forPeople];
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

function additions({ statements }: MigrationPlan): string[] {
  const tables: string[] = [];
  const added = new Map<string, { columns: string[]; indexes: string[] }>();
  for (const statement of statements) {
    const [, created, altered] =
      /^(?:create table if not exists (\w+)|alter table (\w+))/.exec(statement) ?? [];
    if (created) tables.push(created);
    if (!altered) continue;
    const of = added.get(altered) ?? { columns: [], indexes: [] };
    added.set(altered, of);
    of.columns.push(...[...statement.matchAll(/add column (\w+)/g)].map(([, name]) => name as string));
    of.indexes.push(
      ...[...statement.matchAll(/add (?:unique )?key (\w+)/g)].map(([, name]) => name as string),
    );
  }
  const of = (what: string, names: readonly string[]): string =>
    names.length > 0 ? `${what} ${names.join(', ')}` : '';
  return [
    ...(tables.length > 0 ? [`tables ${tables.join(', ')}, mikro_orm_migrations`] : []),
    ...[...added]
      .filter(([table]) => !tables.includes(table))
      .map(
        ([table, { columns, indexes }]) =>
          `to ${table}: ${[of('columns', columns), of('indexes', indexes)].filter(Boolean).join('; ')}`,
      ),
  ];
}

const section = (title: string, lines: readonly string[]): string =>
  [title, ...lines.map((line) => `  ${line}`)].join('\n');

/** Its lines one below the other, without the indentation that they have in their source. */
function aligned(statement: string): string {
  const lines = statement.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join('\n    ');
}
