import type { ServerZone } from '../database/server-zone.js';
import type { AdoptionRepository } from './adoption.repository.js';
import { type Finding, rowsFinding } from './finding.js';
import { garbledTexts, missingStatuses, statusDisputes, userProblems, zeroDates } from './row-findings.js';
import {
  autoUpdatedColumns,
  narrowCharacterSets,
  OLD_TABLES,
  otherEngines,
  requiredUnknownColumns,
  statementBinaryLog,
  unreplicableTables,
  unsupportedServer,
  wrongKeyTypes,
} from './schema-findings.js';
import { newestDates, zoneDifference } from './zone-findings.js';

/** The results of the check. */
export interface Findings {
  /** Somebody must decide or repair something. */
  actions: Finding[];
  /** For information only. */
  notes: Finding[];
}

export interface Zones {
  /** The zone of DATABASE_TIMEZONE, `±hh:mm`. */
  assumed: string;
  server: ServerZone;
}

/** Checks a database that other programs use. Reads only. */
export async function checkAdoption(
  repository: AdoptionRepository,
  { assumed, server }: Zones,
): Promise<Findings> {
  const columns = await repository.columns(OLD_TABLES);
  const zone = zoneDifference(server, assumed);
  const newest = await newestDates(repository, assumed);
  const unreplicable = await unreplicableTables(repository);
  const isReplicated = await repository.hasGroupReplication();
  const actions = [
    ...unsupportedServer(await repository.version()),
    ...statementBinaryLog(await repository.binaryLogFormat()),
    ...zone.actions,
    ...newest.actions,
    ...(await otherEngines(repository)),
    ...(isReplicated ? unreplicable : []),
    ...wrongKeyTypes(columns),
    ...(await missingStatuses(repository)),
    ...requiredUnknownColumns(columns),
    ...autoUpdatedColumns(columns),
    ...(await statusDisputes(repository)),
    ...rowsFinding(
      await repository.repeatedLikes(),
      'Rows of property_likes that repeat an older like of the same property and user',
      'The migration removes them and keeps the oldest of each pair. The like history (like_event) keeps all of them. Save the table first if you want them back:',
    ),
    ...rowsFinding(
      await repository.orphanLikes(),
      'Rows of property_likes of a property or a user that does not exist',
      'The service keeps them and never shows them. Delete them if nobody needs them:',
    ),
    ...(await zeroDates(repository, columns)),
    ...(await garbledTexts(repository, columns)),
    ...(await userProblems(repository)),
  ];
  const notes = [
    zone.note,
    ...newest.notes,
    ...narrowCharacterSets(columns),
    ...(isReplicated ? [] : unreplicable),
    ...FIXED_NOTES,
  ];
  return { actions, notes };
}

const FIXED_NOTES: readonly Finding[] = [
  {
    title: 'Search the other programs for INSERT INTO property VALUES (…) without column names',
    lines: [
      'After the migration, such a statement fails (error 1136). Statements with column names still work.',
    ],
  },
  {
    title: 'After the migration, a second like of the same property by the same user fails (error 1062)',
    lines: [
      'A program that writes property_likes must treat this error as “already liked”, or use INSERT IGNORE.',
    ],
  },
];
