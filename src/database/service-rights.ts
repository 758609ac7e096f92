import type { MikroORM } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { hasNumber, SERVER_ERRORS } from './server-errors.js';

/** Tables that have no entity. */
const OTHER_TABLES = [
  'like_turn',
  'account_confirmation',
  'account_consent',
  'account_erasure',
  'account_mail',
  'account_token',
  'saved_search',
];
const DATA_RIGHTS = 'select, insert, update, delete';
/** Tables on which the service has fewer rights. */
const RIGHTS: Readonly<Record<string, string>> = {
  property_audit: 'select, insert',
  mikro_orm_migrations: 'select',
};

/** The account of DATABASE_USER may not grant, or the account of DATABASE_SERVICE_USER does not exist. */
export class RightsNotGranted extends Error {}

/**
 * Grants the account that serves what it needs, on the tables and procedures of the service only. `migrate` calls it, so each new
 * table gets its rights. It takes no right away.
 * @param account `user@host`
 * @param password creates the account, or changes its password; null: the account exists
 * @throws RightsNotGranted
 */
export async function grantServiceRights(
  orm: MikroORM,
  account: string,
  password: string | null = null,
): Promise<void> {
  const db = orm.em.getKysely<never>();
  const entities = [...orm.getMetadata().getAll().values()].map(({ tableName }) => tableName);
  const { rows: procedures } = await sql<{ name: string }>`
    select routine_name as name from information_schema.routines
    where routine_schema = database() and routine_type = 'PROCEDURE' and security_type = 'INVOKER'`.execute(
    db,
  );
  const [user, host] = account.split('@');
  const grantee = sql.raw(`'${user}'@'${host}'`);
  try {
    if (password !== null) {
      await sql`create user if not exists ${grantee} identified by ${password}`.execute(db);
      await sql`alter user ${grantee} identified by ${password}`.execute(db);
    }
    for (const table of new Set([...entities, ...OTHER_TABLES, ...Object.keys(RIGHTS)]))
      await sql`grant ${sql.raw(RIGHTS[table] ?? DATA_RIGHTS)} on ${sql.table(table)} to ${grantee}`.execute(
        db,
      );
    for (const { name } of procedures)
      await sql`grant execute on procedure ${sql.table(name)} to ${grantee}`.execute(db);
  } catch (error) {
    const { RIGHT_DENIED, DATABASE_DENIED, TABLE_DENIED, NO_ACCOUNT, NO_ACCOUNT_TO_CREATE } = SERVER_ERRORS;
    if (!hasNumber(error, RIGHT_DENIED, DATABASE_DENIED, TABLE_DENIED, NO_ACCOUNT, NO_ACCOUNT_TO_CREATE))
      throw error;
    throw new RightsNotGranted(
      `The rights of DATABASE_SERVICE_USER (${account}) cannot be granted: the account does not exist, or that of DATABASE_USER ` +
        'has no GRANT OPTION on this database (deploy/database/users.sql), or, with DATABASE_SERVICE_PASSWORD, no right to CREATE USER.',
    );
  }
}
