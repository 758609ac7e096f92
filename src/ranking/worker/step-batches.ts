import type { EntityManager } from '@mikro-orm/mysql';
import { BatchRunner } from '../../background/batch-runner.js';
import { inSavepoint } from '../../database/transaction.js';
import type { ScoreParameters } from './ranking-rows.js';
import type { DaysToRead } from './likes-reader.js';
import type { RankingWriter } from './ranking-writer.js';
import type { SetAside } from './set-aside.js';

/** Properties per savepoint. A row of `ranking` has 28 index entries: on a busy disk, 50 rows took a second. */
const BATCH_SIZE = 25;
/** After this time a step leaves properties that no like event names to the next one: new likes do not wait for an import. */
const MAX_STEP_MS = 250;

export interface BatchesResult {
  /** Properties whose numbers differ from before. */
  changed: ReadonlySet<number>;
  recomputed: ReadonlySet<number>;
  /** Properties that were left to the next step: another transaction had them locked, or the time of the step was over. */
  skipped: readonly number[];
  /** Whether the time was over. */
  isCut: boolean;
}

/** Recomputes the properties of a step in batches: first those that a like event names, then, while there is time, the others. */
export class StepBatches {
  readonly #batches = new BatchRunner(BATCH_SIZE, 'ranking of property');

  constructor(
    private readonly em: EntityManager,
    private readonly writer: RankingWriter,
    private readonly setAside: SetAside,
  ) {}

  /** @param version the version to store in changed rows */
  async run(
    toRecompute: ReadonlyMap<number, DaysToRead>,
    parameters: ScoreParameters,
    version: number,
  ): Promise<BatchesResult> {
    const daysOf = (id: number): DaysToRead => toRecompute.get(id)!;
    const ids = [...toRecompute.keys()]
      .filter((id) => !this.setAside.isResting(id, daysOf(id)))
      .toSorted((a, b) => a - b);
    const changed = new Set<number>();
    const recomputed = new Set(ids);
    const refresh = async (batchIds: readonly number[]): Promise<readonly number[]> => {
      const batch = new Map(batchIds.map((id) => [id, daysOf(id)]));
      const result = await inSavepoint(this.em, () =>
        this.writer.refresh(batch, parameters, version, { waitForLocks: false }),
      );
      for (const id of result.changed) changed.add(id);
      return result.skipped;
    };
    const endsAt = performance.now() + MAX_STEP_MS;
    let isFirst = true;
    let isCut = false;
    const refreshInTime = async (batchIds: readonly number[]): Promise<readonly number[]> => {
      // One batch at least, so that likes never stop the others.
      isCut ||= !isFirst && performance.now() > endsAt;
      isFirst = false;
      return isCut ? batchIds : refresh(batchIds);
    };
    const rest = (id: number): void => {
      recomputed.delete(id);
      this.setAside.add(id, daysOf(id));
    };
    const { named = [], unnamed = [] } = Object.groupBy(ids, (id) =>
      daysOf(id) === 'all' || (daysOf(id) as ReadonlySet<number>).size > 0 ? 'named' : 'unnamed',
    );
    const skipped = [
      ...(await this.#batches.run(named, refresh, rest)),
      ...(await this.#batches.run(unnamed, refreshInTime, rest)),
    ];
    for (const id of skipped) recomputed.delete(id);
    return { changed, recomputed, skipped, isCut };
  }
}
