import { NO_DATE, toUtc } from '../../database/time.js';
import type { PropertyDto } from '../dto/property.dto.js';
import type { StatusRowDto, VisibilityDto } from '../dto/visibility.dto.js';
import { publicStatusOf } from '../model/status.js';

/** A row of `status_history` with the name of its status; '' when the status is unknown. */
export interface NamedHistoryRow {
  id: number;
  status: string;
  /** Without a zone: in the zone of the database's dates. */
  update_date: string;
}

// Fields that the service computes. They are not reported as incomplete.
const DERIVED_FIELDS = new Set([
  'previousPrice',
  'priceChangedAt',
  'status',
  'availability',
  'statusSince',
  'daysOnMarket',
  'createdAt',
  'updatedAt',
]);

/**
 * Explains why the public sees or does not see a property.
 * @param history by date and id, oldest first: the last row is the current status
 * @param zone the zone of the history's dates, `±hh:mm`
 */
export function explainVisibility(
  property: PropertyDto,
  history: readonly NamedHistoryRow[],
  zone: string,
): VisibilityDto {
  const current = history.at(-1);
  const visible = isPublic(current);
  const lastInserted = history.toSorted((a, b) => b.id - a.id)[0];
  // The last row with the other visibility. The row after it began the current one.
  const lastOpposite = history.findLastIndex((row) => isPublic(row) !== visible);
  const toDto = (row: NamedHistoryRow | undefined): StatusRowDto | null =>
    row ? { id: row.id, status: row.status, at: toUtc(row.update_date, zone) ?? NO_DATE } : null;
  return {
    visible,
    rule: ruleOf(current, lastInserted),
    decidingRow: toDto(current),
    byInsertionOrder: toDto(lastInserted),
    since: toDto(history[lastOpposite + 1])?.at ?? null,
    incomplete: Object.entries(property).flatMap(([field, value]) =>
      value === null && !DERIVED_FIELDS.has(field) ? field : [],
    ),
  };
}

function isPublic(row: NamedHistoryRow | undefined): boolean {
  return row !== undefined && publicStatusOf(row.status) !== undefined;
}

function ruleOf(current: NamedHistoryRow | undefined, lastInserted: NamedHistoryRow | undefined): string {
  if (!current || !lastInserted) return 'Hidden: it has no status; its status history is empty.';
  const rule = isPublic(current)
    ? `Visible: its current status, ${current.status}, is public.`
    : `Hidden: its current status, ${current.status || '(without a name)'}, is not public.`;
  if (current.id === lastInserted.id) return rule;
  return `${rule} The row that was inserted last, ${lastInserted.id} (${lastInserted.status}), has an older date.`;
}
