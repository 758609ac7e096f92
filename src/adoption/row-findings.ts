import { emailKey } from '../accounts/account-email.entity.js';
import { canVerify } from '../accounts/passwords.js';
import { PUBLIC_STATUS_NAMES, statusKey } from '../properties/model/status.js';
import type { AdoptionRepository, StatusDispute } from './adoption.repository.js';
import type { Column } from './column.js';
import { type Finding, findingIf, listIds, MAX_SHOWN_IDS, rowsFinding } from './finding.js';
import { isCheckedText, repairStatement } from './garbled-text.js';

const USER_BATCH_SIZE = 10_000;

export async function missingStatuses(repository: AdoptionRepository): Promise<Finding[]> {
  const names = await repository.statusNames();
  const known = new Set(names.map(statusKey));
  const missing = PUBLIC_STATUS_NAMES.filter((name) => !known.has(name));
  return findingIf(
    names.length > 0 && missing.length > 0,
    `The table status has no row named ${missing.join(', ')}`,
    ['Only properties with a public status are shown. The names in the table:', names.join(', ')],
  );
}

/** Properties whose current status differs between this service and a program that takes the last inserted row. */
export async function statusDisputes(repository: AdoptionRepository): Promise<Finding[]> {
  const all = await repository.statusDisputes();
  const differing = all.filter((row) => row.by_date !== row.by_insertion);
  const ties = all.filter((row) => row.by_date === row.by_insertion && row.is_tie === 1);
  return [
    ...findingIf(
      differing.length > 0,
      `${counted(differing)}: the status with the newest date is not the status that was inserted last`,
      [
        'This service shows the status with the newest date. A program that takes the highest id shows:',
        ...idsByStatuses(differing),
      ],
    ),
    ...findingIf(ties.length > 0, `${counted(ties)}: several statuses have the newest date`, [
      'This service shows the one with the highest id:',
      ...idsByStatuses(ties),
    ]),
  ];
}

function idsByStatuses(disputed: readonly StatusDispute[]): string[] {
  const named = (name: string): string => name || '(without a name)';
  const groups = Map.groupBy(disputed, ({ by_date: here, by_insertion: there }) =>
    here === there ? named(here) : `${named(there)}, while this service shows ${named(here)}`,
  );
  return [...groups].map(([statuses, rows]) => `${statuses}: ${listIds(rows.map((row) => row.property_id))}`);
}

const counted = (rows: readonly unknown[]): string =>
  rows.length === 1 ? '1 property' : `${rows.length} properties`;

export async function zeroDates(
  repository: AdoptionRepository,
  columns: readonly Column[],
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const column of columns.filter(({ type }) => /^(date|timestamp)/.test(type))) {
    const ids = await repository.zeroDates(column);
    const subject = `Rows of ${column.table} without a valid date in ${column.name} (such as 0000-00-00)`;
    const consequence =
      column.table === 'auth_user'
        ? 'This service does not show this date.'
        : 'The API shows 0001-01-01. A zero date counts as older than every other date.';
    found.push(...rowsFinding(ids, subject, `${consequence} Set the date if you know it:`));
  }
  return found;
}

export async function garbledTexts(
  repository: AdoptionRepository,
  columns: readonly Column[],
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const column of columns.filter(isCheckedText)) {
    const { count, ids } = await repository.garbledTexts(column, MAX_SHOWN_IDS);
    if (count === 0) continue;
    found.push({
      title: `Rows of ${column.table} with UTF-8 that was read as latin1 in ${column.name} (such as BogotÃ¡ for Bogotá): ${count}`,
      lines: [
        `The API shows them as stored. A search with the correct spelling does not find them. id ${listIds(ids, count)}`,
        'First let the program that writes them set its character set (docs/adoption.md). Then run this repair:',
        ...repairStatement(column).split('\n'),
      ],
    });
  }
  return found;
}

/** Users with a password that this service cannot verify, and users who share an email. */
export async function userProblems(repository: AdoptionRepository): Promise<Finding[]> {
  const unverifiable: number[] = [];
  const sharingEmail: number[] = [];
  const emails = new Set<string>();
  for (let after = 0; ;) {
    const batch = await repository.users(after, USER_BATCH_SIZE);
    for (const { id, email, password } of batch) {
      // Django writes ! for a user who must not sign in.
      if (!canVerify(password) && !password.startsWith('!')) unverifiable.push(id);
      const key = emailKey(email);
      if (key !== '' && emails.has(key)) sharingEmail.push(id);
      emails.add(key);
    }
    const last = batch.at(-1);
    if (!last) break;
    after = last.id;
  }
  return [
    ...rowsFinding(
      unverifiable,
      'Users who cannot sign in, because their password hash is not of the form pbkdf2_sha256$…',
      'They need a new password from the site where they registered:',
    ),
    ...rowsFinding(
      sharingEmail,
      'Users whose email an older user also has',
      'They still sign in by username. New accounts cannot use such an email:',
    ),
  ];
}
