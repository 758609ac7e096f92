import { emailKey } from '../accounts/account-email.entity.js';
import { canVerify } from '../accounts/passwords.js';
import { PUBLIC_STATUS_NAMES, statusKey } from '../properties/model/status.js';
import type { AdoptionRepository, Column, StatusDispute } from './adoption.repository.js';
import { type Finding, listed, SHOWN, some } from './finding.js';
import { isText, mending } from './garbled-text.js';

const USERS = 10_000;

export async function missingStatuses(repository: AdoptionRepository): Promise<Finding | null> {
  const names = await repository.statusNames();
  const known = new Set(names.map(statusKey));
  const missing = PUBLIC_STATUS_NAMES.filter((name) => !known.has(name));
  return names.length > 0 && missing.length > 0
    ? {
        title: `No row of status is named ${missing.join(', ')}`,
        lines: ['Homes are shown by these names. Those that are there:', names.join(', ')],
      }
    : null;
}

export async function disputes(repository: AdoptionRepository): Promise<(Finding | null)[]> {
  const all = await repository.statusDisputes();
  const differing = all.filter((home) => home.by_date !== home.by_insertion);
  const ties = all.filter((home) => home.by_date === home.by_insertion && Number(home.is_tie) === 1);
  return [
    differing.length === 0
      ? null
      : {
          title: `${homes(differing)}: the status of the newest date is not the one that was written last`,
          lines: [
            'The newest date decides here. A program that takes the highest id shows:',
            ...byPair(differing),
          ],
        },
    ties.length === 0
      ? null
      : {
          title: `${homes(ties)}: several statuses have the newest date`,
          lines: ['The highest id of them decides:', ...byPair(ties)],
        },
  ];
}

function byPair(disputed: readonly StatusDispute[]): string[] {
  const named = (name: string): string => name || '(without a name)';
  const groups = Map.groupBy(disputed, ({ by_date: here, by_insertion: there }) =>
    here === there ? named(here) : `${named(there)}, where this service shows ${named(here)}`,
  );
  return [...groups].map(([pair, group]) => `${pair}: ${some(group.map((home) => home.property_id))}`);
}

const homes = (list: readonly unknown[]): string => (list.length === 1 ? '1 home' : `${list.length} homes`);

export async function zeroDates(
  repository: AdoptionRepository,
  columns: readonly Column[],
): Promise<(Finding | null)[]> {
  const found: (Finding | null)[] = [];
  for (const column of columns.filter(({ type }) => /^(date|timestamp)/.test(type))) {
    const ids = await repository.zeroDates(column);
    const what = `Rows of ${column.table} without a real date in ${column.name} (such as 0000-00-00)`;
    const consequence =
      column.table === 'auth_user'
        ? 'This service does not show it.'
        : 'They are shown as 0001-01-01; a zero date counts as older than everything else.';
    found.push(listed(ids, what, `${consequence} Give them a date if it is known:`));
  }
  return found;
}

export async function garbledTexts(
  repository: AdoptionRepository,
  columns: readonly Column[],
): Promise<(Finding | null)[]> {
  const found: (Finding | null)[] = [];
  for (const column of columns.filter(isText)) {
    const { count, ids } = await repository.garbledTexts(column, SHOWN);
    if (count === 0) continue;
    found.push({
      title: `Rows of ${column.table} with UTF-8 that was taken for latin1 in ${column.name} (such as BogotÃ¡ for Bogotá): ${count}`,
      lines: [
        `They are shown as they are, and are not found by the right spelling. id ${some(ids, count)}`,
        'The program that writes them has to name its character set first (docs/adoption.md). This mends those that are there:',
        ...mending(column).split('\n'),
      ],
    });
  }
  return found;
}

export async function users(repository: AdoptionRepository): Promise<(Finding | null)[]> {
  const locked: number[] = [];
  const shared: number[] = [];
  const emails = new Set<string>();
  for (let after = 0; ;) {
    const part = await repository.users(after, USERS);
    for (const { id, email, password } of part) {
      // Django writes ! for those who are not to sign in.
      if (!canVerify(password) && !password.startsWith('!')) locked.push(id);
      const key = emailKey(email);
      if (key !== '' && emails.has(key)) shared.push(id);
      emails.add(key);
    }
    const last = part.at(-1);
    if (!last) break;
    after = last.id;
  }
  return [
    listed(
      locked,
      'Users who can not sign in, with passwords that are not of the form pbkdf2_sha256$…',
      'They need new ones, by the site that they were registered on:',
    ),
    listed(
      shared,
      'Users with an email that an older one has, too',
      'They go on signing in by their names; new accounts can not take a taken email:',
    ),
  ];
}
