import { OnlineMigration } from './online-migration.js';

/** The photos of a property: addresses and captions. No index: nothing searches them. */
export class Photos extends OnlineMigration {
  override async up(): Promise<void> {
    await this.addMissing('property', {
      columns: { photos: 'mediumtext character set utf8mb4 collate utf8mb4_unicode_ci null' },
    });
  }
}
