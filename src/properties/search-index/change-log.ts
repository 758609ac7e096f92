import { type Kysely, type Selectable, sql } from 'kysely';
import type { Tables } from '../model/kysely-tables.js';
import type { ChangeKind } from '../model/property-change.entity.js';

interface Change {
  property_id: number;
  kind: ChangeKind;
}
interface Logged {
  kind: ChangeKind;
  at: string;
}

/**
 * The changes to log for these properties.
 * @param logged the last logged change by property id
 * @param isTouched whether what the public sees of a property has changed, if it is and was public
 */
export function changesOf(
  rows: readonly Pick<Selectable<Tables['property']>, 'id' | 'availability'>[],
  logged: ReadonlyMap<number, Logged>,
  isTouched: (id: number) => boolean,
): Change[] {
  return rows.flatMap(({ id, availability }): Change[] => {
    const before = logged.get(id)?.kind ?? 'withdrawn';
    if (availability === null) return before === 'withdrawn' ? [] : [{ property_id: id, kind: 'withdrawn' }];
    if (before === 'withdrawn') return [{ property_id: id, kind: 'published' }];
    return isTouched(id) ? [{ property_id: id, kind: 'updated' }] : [];
  });
}

/** The last logged change of these properties. Their rows must be locked. */
export async function findLogged(db: Kysely<Tables>, ids: readonly number[]): Promise<Map<number, Logged>> {
  const rows = await db
    .selectFrom('property_change')
    .select(['property_id', 'kind', 'at'])
    .where('property_id', 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.property_id, row]));
}

/**
 * The public properties with a later `updated_at` than their last change: a process of an older release, which writes neither this log
 * nor the prices, has derived their search rows.
 */
export function unloggedOf(
  rows: readonly Pick<Selectable<Tables['property']>, 'id' | 'availability' | 'updated_at'>[],
  logged: ReadonlyMap<number, Logged>,
): Set<number> {
  const unlogged = rows.filter(
    ({ id, availability, updated_at: at }) =>
      availability !== null && at !== null && at > (logged.get(id)?.at ?? ''),
  );
  return new Set(unlogged.map(({ id }) => id));
}

/** Gives each change the next sequence. The transaction must be READ COMMITTED and hold the global write lock. */
export async function logChanges(db: Kysely<Tables>, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  const values = changes.map(({ property_id: id, kind }, i) => [i + 1, id, kind]);
  await sql`
    insert into property_change (sequence, property_id, kind, at, published_sequence)
    select s.change_sequence + given.n, given.id, given.kind, current_timestamp(3), s.change_sequence + given.n
    from search_state s join json_table(${JSON.stringify(values)}, '$[*]' columns (
      n int path '$[0]', id int path '$[1]', kind varchar(9) path '$[2]'
    )) given
    where true
    on duplicate key update
      published_sequence = if(values(kind) = 'published', values(published_sequence), property_change.published_sequence),
      sequence = values(sequence), kind = values(kind), at = values(at)`.execute(db);
  await sql`update search_state set change_sequence = change_sequence + ${changes.length}`.execute(db);
}

/** Properties with ids in `(after, to]` that are public in the log but were deleted, the next `limit`. */
export async function findDeleted(
  db: Kysely<Tables>,
  after: number,
  to: number,
  limit: number,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select c.property_id as id from property_change c force index (property_change_property)
    where c.property_id > ${after} and c.property_id <= ${to} and c.kind <> 'withdrawn'
      and not exists (select 1 from property p where p.id = c.property_id)
    order by c.property_id limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}
