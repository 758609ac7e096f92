import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';

/**
 * Base of every class that holds SQL. Nest injects these classes; there is no other way to get one. Their statements run on the
 * connection of the enclosing inTransaction() or onConnection(), else on any connection of the pool (ADR 13).
 */
@Injectable()
export abstract class SqlRepository<Tables = never> {
  constructor(protected readonly em: EntityManager) {}

  protected get db(): Kysely<Tables> {
    // By way of unknown: getKysely() infers its tables from its type argument, which must not be generic.
    return this.em.getKysely() as unknown as Kysely<Tables>;
  }
}
