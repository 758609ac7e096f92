import { Injectable } from '@nestjs/common';
import { chunk } from '../../background/batch-runner.js';
import { ChangeFeed, type LikeEventRow } from './change-feed.js';
import type { Checkpoint } from './ranking-checkpoint.js';
import { TrustJudge, type Verdict } from './trust-judge.js';
import { MAX_TRUST_CHANGES, TrustMarks } from './trust-marks.js';

/** Old like events that a step judges. */
const MAX_OLD_EVENTS = 1_000;

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

  /** Judges all like events after an id. */
  async judgeFrom(after: number): Promise<{ verdicts: Verdict[]; to: number }> {
    const verdicts = new Map<number, Verdict>();
    for (let to = after; ;) {
      const events = await this.feed.findEvents({ last: to }, MAX_OLD_EVENTS);
      for (const verdict of await this.judge.judge(events))
        if (!verdicts.has(verdict.userId)) verdicts.set(verdict.userId, verdict);
      to = events.at(-1)?.id ?? to;
      if (events.length < MAX_OLD_EVENTS) return { verdicts: [...verdicts.values()], to };
    }
  }

  /** Replaces the verdicts of the rules. The decisions of staff stay. */
  async replace(verdicts: readonly Verdict[]): Promise<void> {
    await this.marks.clear();
    for (const batch of chunk(verdicts, MAX_OLD_EVENTS)) await this.marks.mark(batch);
  }

  apply(): Promise<boolean> {
    return this.marks.apply();
  }

  async recomputed(ids: readonly number[]): Promise<void> {
    await this.marks.deleteChanges(ids);
  }
}
