import { OnlineMigration } from './online-migration.js';

/** The version of the rules that filled the search tables. `migrate` fills tables of another version again. */
export class SearchRules extends OnlineMigration {
  override async up(): Promise<void> {
    await this.addMissing('search_state', { columns: { rules: 'int not null default 1' } });
  }
}
