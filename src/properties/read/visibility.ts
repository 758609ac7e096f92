import { NO_DATE, toUtc } from '../../database/time.js';
import type { PropertyDto } from '../dto/property.dto.js';
import type { StatusRowDto, VisibilityDto } from '../dto/visibility.dto.js';
import { publicStatusOf } from '../model/status.js';

/** A row of a history, with its status. */
export interface NamedStep {
  id: number;
  status: string;
  /** Naive, in the database's zone. */
  update_date: string;
}

// What nobody fills in.
const DERIVED = new Set(['status', 'availability', 'statusSince', 'createdAt', 'updatedAt']);

/**
 * Why the public sees a home, or does not.
 * @param history in the order in which it decides, the newest last
 * @param zone of its dates
 */
export function explainVisibility(
  property: PropertyDto,
  history: readonly NamedStep[],
  zone: string,
): VisibilityDto {
  const deciding = history.at(-1);
  const visible = isPublic(deciding);
  const last = history.toSorted((a, b) => b.id - a.id)[0];
  const lastOther = history.findLastIndex((row) => isPublic(row) !== visible);
  const present = (row: NamedStep | undefined): StatusRowDto | null =>
    row ? { id: row.id, status: row.status, at: toUtc(row.update_date, zone) ?? NO_DATE } : null;
  return {
    visible,
    rule: ruleOf(deciding, last),
    decidingRow: present(deciding),
    byInsertionOrder: present(last),
    since: present(history[lastOther + 1])?.at ?? null,
    incomplete: Object.entries(property).flatMap(([field, value]) =>
      value === null && !DERIVED.has(field) ? field : [],
    ),
  };
}

function isPublic(row: NamedStep | undefined): boolean {
  return row !== undefined && publicStatusOf(row.status) !== undefined;
}

function ruleOf(deciding: NamedStep | undefined, last: NamedStep | undefined): string {
  if (!deciding || !last) return 'Hidden: it has no status; nothing is in its history.';
  const rule = isPublic(deciding)
    ? `Visible: its current status, ${deciding.status}, is public.`
    : `Hidden: its current status, ${deciding.status || '(without a name)'}, is not public.`;
  if (deciding.id === last.id) return rule;
  return `${rule} The row that was written last, ${last.id} (${last.status}), has an older date: it was entered late.`;
}
