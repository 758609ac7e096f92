import { OnlineMigration } from './online-migration.js';

/** By which version of the rules the search tables were made. Tables of another version are made again by `migrate`. */
export class SearchRules extends OnlineMigration {
  override async up(): Promise<void> {
    await this.addMissing('search_state', { columns: { rules: 'int not null default 1' } });
  }
}
