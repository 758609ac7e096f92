import type { ServerZone } from '../database/server-zone.js';
import type { AdoptionRepository } from './adoption.repository.js';
import { type Finding, listed } from './finding.js';
import { disputes, garbledTexts, missingStatuses, users, zeroDates } from './row-findings.js';
import {
  characterSets,
  foreignEngines,
  OLD_TABLES,
  oldServer,
  selfChanging,
  statementLog,
  unknownColumns,
  unlikeKeys,
} from './schema-findings.js';
import { newestDates, zones } from './zone-findings.js';

/** What a database needs before, and what is to be known of it. */
export interface Findings {
  /** Somebody has to decide or to mend something. */
  forPeople: Finding[];
  /** Nobody has to do anything. */
  notes: Finding[];
}

/** The zone of the dates of other programs: the one that DATABASE_TIMEZONE names, and that of the server. */
export interface Zones {
  assumed: string;
  server: ServerZone;
}

/** Looks at a database that others have filled and go on using, and changes nothing. */
export async function checkAdoption(
  repository: AdoptionRepository,
  { assumed, server }: Zones,
): Promise<Findings> {
  const columns = await repository.columns(OLD_TABLES);
  const zone = zones(server, assumed);
  const newest = await newestDates(repository, assumed);
  const found: (Finding | null)[] = [
    oldServer(await repository.version()),
    statementLog(await repository.binaryLogFormat()),
    zone.forPeople,
    ...newest.forPeople,
    await foreignEngines(repository),
    unlikeKeys(columns),
    await missingStatuses(repository),
    unknownColumns(columns),
    selfChanging(columns),
    ...(await disputes(repository)),
    listed(
      await repository.repeatedLikes(),
      'Rows of property_likes that repeat an older one of the same home and person',
      'The migration removes them and keeps the oldest of each; all stay in the like history (like_event). Save the table first if you want them back:',
    ),
    listed(
      await repository.orphanLikes(),
      'Rows of property_likes of a home or a person that is not there',
      'They are left alone, and never shown. Delete them if nobody needs them:',
    ),
    ...(await zeroDates(repository, columns)),
    ...(await garbledTexts(repository, columns)),
    ...(await users(repository)),
  ];
  return {
    forPeople: found.filter((finding) => finding !== null),
    notes: [zone.note, ...newest.notes, characterSets(columns), ...ALWAYS].filter(
      (finding) => finding !== null,
    ),
  };
}

const ALWAYS: readonly Finding[] = [
  {
    title: 'Look through the other programs for INSERT INTO property VALUES (…) without the names of columns',
    lines: [
      'With the added columns it fails (error 1136). Statements that name their columns go on working.',
    ],
  },
  {
    title: 'A second like of the same home by the same person is refused from now on (error 1062)',
    lines: [
      'A program that writes property_likes has to take that for “liked already”, or use INSERT IGNORE.',
    ],
  },
];
