import { OnlineMigration } from './online-migration.js';

/** The UTC day of the last restore from a backup: followers of the feed of changes that started before it start again. */
export class RestoredFeed extends OnlineMigration {
  override async up(): Promise<void> {
    await this.addMissing('search_state', { columns: { restored_day: 'int not null default 0' } });
  }
}
