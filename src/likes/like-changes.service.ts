import { Injectable } from '@nestjs/common';
import type { Caller } from '../accounts/caller-cache.js';
import { Config } from '../config/config.js';
import { isDatabaseTime, NO_DATE, toDatabaseTime, toUtc } from '../database/time.js';
import { Cursors } from '../http/cursors.js';
import { InvalidParameters } from '../http/problem.js';
import { PropertiesService } from '../properties/read/properties.service.js';
import { type Catalogue, StatusCatalogue } from '../properties/read/status-catalogue.js';
import type { LikeChange, LikeChangesInput, LikedPropertyChangePage } from './dto/like-changes.dto.js';
import {
  type ChangePosition,
  type ChangeRow,
  KINDS,
  LikeChangesRepository,
} from './like-changes.repository.js';

const DEFAULT_DAYS = 30;

/** Lists the changes of the properties that a user likes now. */
@Injectable()
export class LikeChangesService {
  readonly #zone: string;

  constructor(
    private readonly changes: LikeChangesRepository,
    private readonly properties: PropertiesService,
    private readonly statuses: StatusCatalogue,
    private readonly cursors: Cursors,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  async list({ since, cursor, limit }: LikeChangesInput, caller: Caller): Promise<LikedPropertyChangePage> {
    const scope = JSON.stringify(['my changes', caller.id, since ?? null]);
    const after = cursor === undefined ? null : positionOf(this.cursors.decode(scope, cursor)[0]);
    const from = since ? new Date(since) : new Date(Date.now() - DEFAULT_DAYS * 86_400_000);
    const { publicIds } = await this.statuses.get();
    const rows = await this.changes.findPage(
      caller.id,
      { since: toDatabaseTime(from, this.#zone), after, limit: limit + 1 },
      Object.values(publicIds),
    );
    const page = rows.slice(0, limit);
    const shown = await this.properties.findVisibleByIds([...new Set(page.map((row) => row.property_id))]);
    const catalogue = await this.statuses.get(
      page.flatMap(({ kind, before, after: now }) => (kind === KINDS.status ? [before, now] : [])),
    );
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      items: page.map((row) => ({
        propertyId: row.property_id,
        at: toUtc(row.at.replace(/\.0+$/, ''), this.#zone) ?? NO_DATE,
        change: changeOf(row),
        ...valuesOf(row, catalogue),
        property: shown.get(row.property_id) ?? null,
      })),
      page: { limit, nextCursor: last ? this.cursors.encode(scope, [keyOf(last), null]) : null },
    };
  }
}

function changeOf({ kind, before, after }: ChangeRow): LikeChange {
  if (kind === KINDS.price) return 'price';
  if (after === null) return 'withdrawn';
  return before === null ? 'published' : 'status';
}

/** A caller learns only that a property was withdrawn, and nothing else of it. */
function valuesOf(
  row: ChangeRow,
  { byId }: Catalogue,
): { from: number | string | null; to: number | string | null } {
  if (row.kind === KINDS.price) return { from: row.before, to: row.after };
  if (row.after === null) return { from: null, to: null };
  const nameOf = (id: number | null): string | null => byId.get(id as number)?.name ?? null;
  return { from: nameOf(row.before), to: nameOf(row.after) };
}

const keyOf = ({ at, property_id: id, kind, n }: ChangeRow): string => `${at}|${id}|${kind}|${n}`;

/** @throws InvalidParameters when the cursor has another form */
function positionOf(key: string | number | null): ChangePosition {
  const [at = '', ...numbers] = String(key).split('|');
  const [id, kind, n] = numbers.map(Number);
  if (isDatabaseTime(at) && [id, kind, n].every(Number.isSafeInteger)) return [at, id!, kind!, n!];
  throw new InvalidParameters([{ field: 'cursor', message: 'is not a cursor of this list' }]);
}
