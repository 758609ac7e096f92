import { OnlineMigration } from './online-migration.js';

/** Whether a sign-in passed a second factor. A process of the version before stores sign-ins without it. No index: nothing searches it. */
export class SecondFactor extends OnlineMigration {
  override async up(): Promise<void> {
    await this.addMissing('sign_in', { columns: { second_factor: 'tinyint(1) not null default 0' } });
  }
}
