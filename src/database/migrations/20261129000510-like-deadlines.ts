import { LIKE, UNLIKE } from './20261129000300-like-procedures.js';
import { OnlineMigration } from './online-migration.js';

/** The procedure with one parameter more: after this time (UTC) it does not commit, and its outcome is 'late'. */
const untilDeadline = (procedure: string): string =>
  procedure
    .replace('like_property(', 'like_property_until(')
    .replace('in_at datetime)', 'in_at datetime, in_deadline datetime(6))')
    .replace('begin\n', 'begin\n  declare is_late bool default false;\n')
    .replace(
      '    commit;',
      '    if utc_timestamp(6) < in_deadline then commit; else rollback; set is_late = true; end if;',
    )
    .replace(/select case\s+when/, "select case when is_late then 'late' when");

/**
 * Procedures of likes and unlikes that do nothing after the deadline of their request. A server that was frozen, or that waited for a
 * lock, runs a call that its caller has given up.
 */
export class LikeDeadlines extends OnlineMigration {
  override async up(): Promise<void> {
    for (const procedure of [LIKE, UNLIKE]) await this.createProcedure(untilDeadline(procedure));
  }
}
