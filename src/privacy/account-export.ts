import { Readable } from 'node:stream';
import { Injectable, Logger, StreamableFile } from '@nestjs/common';
import { AccountDataRepository, type SignInRow } from '../accounts/account-data.repository.js';
import { AccountsService } from '../accounts/accounts.service.js';
import type { Caller } from '../accounts/caller-cache.js';
import { Config } from '../config/config.js';
import { NO_DATE, toUtc } from '../database/time.js';
import { ProblemError } from '../http/problem.js';
import { LikeExport } from '../likes/like-export.js';
import type { AccountExportDto } from './dto/privacy.dto.js';
import { ExportRepository, type SavedSearchRow, type StaffEditRow } from './export.repository.js';

const PAGE_SIZE = 1_000;
const MAX_SIGN_INS = 10_000;
const MAX_CONCURRENT_EXPORTS = 2;

type Pages = AsyncIterable<readonly object[]> | Iterable<readonly object[]>;
type Item<Field extends 'consents' | 'savedSearches' | 'signIns' | 'staffEdits'> =
  AccountExportDto[Field][number];

/** Streams all that the service holds about a user as one JSON object. It keeps one page of rows in memory. */
@Injectable()
export class AccountExport {
  readonly #logger = new Logger('Accounts');
  readonly #zone: string;
  #running = 0;

  constructor(
    private readonly accounts: AccountsService,
    private readonly data: AccountDataRepository,
    private readonly likes: LikeExport,
    private readonly edits: ExportRepository,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  /**
   * @throws TokenRefused when the user was just deleted
   * @throws ProblemError 503 when too many exports are under way
   */
  async write(caller: Caller): Promise<StreamableFile> {
    if (this.#running >= MAX_CONCURRENT_EXPORTS) throw new ProblemError('downloads-busy');
    this.#running++;
    const { id: userId } = caller;
    try {
      const account = await this.#readAccount(caller);
      const consents = (await this.data.findConsents(userId)).map(toConsent);
      const signIns = (await this.data.findSignIns(userId, MAX_SIGN_INS)).map(toSignIn);
      const savedSearches = (await this.edits.findSavedSearches(userId)).map(toSavedSearch);
      const lists: Record<string, Pages> = {
        consents: [consents],
        signIns: [signIns],
        savedSearches: [savedSearches],
        likes: this.likes.readLikes(userId),
        likeEvents: this.likes.readEvents(userId),
        staffEdits: this.#readStaffEdits(userId),
      };
      const stream = Readable.from(jsonOf({ account }, lists), { objectMode: false });
      stream.on('error', (error) => this.#logger.error(error)).on('close', () => this.#running--);
      return new StreamableFile(stream, {
        type: 'application/json; charset=utf-8',
        disposition: `attachment; filename="account-${userId}.json"`,
      });
    } catch (error) {
      this.#running--;
      throw error;
    }
  }

  async #readAccount(caller: Caller): Promise<AccountExportDto['account']> {
    const { firstName, lastName, dateJoined, lastLogin, ...account } =
      await this.accounts.getWholeAccount(caller);
    return {
      ...account,
      firstName,
      lastName,
      joinedAt: toUtc(dateJoined, this.#zone) ?? NO_DATE,
      lastSignInAt: toUtc(lastLogin, this.#zone),
    };
  }

  async *#readStaffEdits(userId: number): AsyncGenerator<Item<'staffEdits'>[]> {
    for (let after = 0, rows: StaffEditRow[] | undefined; !rows || rows.length === PAGE_SIZE;) {
      rows = await this.edits.findStaffEdits(userId, after, PAGE_SIZE);
      after = rows.at(-1)?.id ?? after;
      yield rows.map(({ property_id: propertyId, action, at, changes }) => ({
        propertyId,
        action,
        at: toUtc(at, this.#zone) ?? NO_DATE,
        changes,
      }));
    }
  }
}

const utc = (naive: string): string => toUtc(naive, '+00:00') ?? NO_DATE;

const toConsent = (row: { policy_version: string; given_at: string }): Item<'consents'> => ({
  privacyPolicyVersion: row.policy_version,
  givenAt: utc(row.given_at),
});

const toSavedSearch = (row: SavedSearchRow): Item<'savedSearches'> => ({
  name: row.name,
  query: row.query,
  createdAt: utc(row.created_at),
  seenAt: utc(row.seen_at),
});

const toSignIn = (row: SignInRow): Item<'signIns'> => ({
  client: row.client || null,
  startedAt: utc(row.started_at),
  lastUsedAt: utc(row.last_used_at),
  endsAt: utc(row.ends_at),
  endedAt: row.ended_at && utc(row.ended_at),
});

/** The text of one object: the fields of `head`, then each list. */
async function* jsonOf(head: object, lists: Readonly<Record<string, Pages>>): AsyncGenerator<string> {
  yield JSON.stringify(head).slice(0, -1);
  for (const [name, pages] of Object.entries(lists)) {
    yield `,\n${JSON.stringify(name)}:[`;
    let separator = '\n';
    for await (const items of pages) {
      if (items.length === 0) continue;
      yield separator + items.map((item) => JSON.stringify(item)).join(',\n');
      separator = ',\n';
    }
    yield ']';
  }
  yield '}\n';
}
