import { Injectable } from '@nestjs/common';
import { chunk } from '../../background/batch-runner.js';
import { ChangeFeed, type LikeEventRow } from './change-feed.js';
import type { Checkpoint } from './ranking-checkpoint.js';
import { keepFirst, TrustJudge, type Verdict } from './trust-judge.js';
import { MAX_TRUST_CHANGES, TrustMarks } from './trust-marks.js';

/** Old like events that are judged together. */
const MAX_OLD_EVENTS = 1_000;
/** Accounts whose like events are read together, when all are judged. */
const USERS_PER_BATCH = 30;

export interface TrustStep {
  /** The old like event up to which the rules have read; null when they have read all. */
  judgedTo: number | null;
  /** Properties to recompute from all their likes. */
  changedIds: readonly number[];
  more: boolean;
}

/** The part of a ranking step that finds untrusted accounts. */
@Injectable()
export class TrustUpdater {
  constructor(
    private readonly feed: ChangeFeed,
    private readonly judge: TrustJudge,
    private readonly marks: TrustMarks,
  ) {}

  /**
   * Judges the like events of the step, and a batch of those that were read before there were rules.
   * @param scannedIds properties that the step recomputes anyway
   */
  async step(
    events: readonly LikeEventRow[],
    { judgedTo, factId }: Checkpoint,
    scannedIds: readonly number[],
  ): Promise<TrustStep> {
    const old = judgedTo < factId ? await this.feed.findEvents({ last: judgedTo }, MAX_OLD_EVENTS) : [];
    await this.marks.mark(await this.judge.judge([...old, ...events]));
    const isApplying = await this.marks.apply();
    await this.marks.addLikes(events);
    const changedIds = await this.marks.findChanges(scannedIds);
    const isJudging = old.length === MAX_OLD_EVENTS;
    return {
      judgedTo: isJudging ? old.at(-1)!.id : null,
      changedIds,
      more: isJudging || isApplying || changedIds.length >= MAX_TRUST_CHANGES,
    };
  }

  /** Judges all like events, those of an account together: one read of the log answers for all of them. */
  async judgeAll(): Promise<{ verdicts: Map<number, Verdict>; to: number }> {
    const { lastEventId: to } = await this.feed.findNewest();
    const verdicts = new Map<number, Verdict>();
    for (let userIds = await this.feed.findUserIds(0, USERS_PER_BATCH); userIds.length > 0;) {
      for (let after = 0, more = true; more;) {
        const events = await this.feed.findEventsOfUsers(userIds, after, to, MAX_OLD_EVENTS);
        keepFirst(verdicts, await this.judge.judge(events));
        after = events.at(-1)?.id ?? to;
        more = events.length === MAX_OLD_EVENTS;
      }
      userIds = await this.feed.findUserIds(userIds.at(-1)!, USERS_PER_BATCH);
    }
    return { verdicts, to };
  }

  /** Judges all like events after an id. @param verdicts get those of these events */
  async judgeAfter(id: number, verdicts: Map<number, Verdict>): Promise<void> {
    for (let last = id, more = true; more;) {
      const events = await this.feed.findEvents({ last }, MAX_OLD_EVENTS);
      keepFirst(verdicts, await this.judge.judge(events));
      last = events.at(-1)?.id ?? last;
      more = events.length === MAX_OLD_EVENTS;
    }
  }

  /** Replaces the verdicts of the rules. The decisions of staff stay. */
  async replace(verdicts: ReadonlyMap<number, Verdict>): Promise<void> {
    await this.marks.clear();
    for (const batch of chunk([...verdicts.values()], MAX_OLD_EVENTS)) await this.marks.mark(batch);
  }

  apply(): Promise<boolean> {
    return this.marks.apply();
  }

  async recomputed(ids: readonly number[]): Promise<void> {
    await this.marks.deleteChanges(ids);
  }
}
