import { OnlineMigration } from './online-migration.js';

/**
 * When a property was available and sold: derived from its status history with the current status. No index: the days on the market
 * grow while time passes.
 */
export class Market extends OnlineMigration {
  override async up(): Promise<void> {
    const columns = {
      market_seconds: 'bigint null',
      market_since: 'bigint null',
      market_months: 'varchar(400) character set ascii collate ascii_bin null',
    };
    await this.addMissing('property', { columns });
    await this.addMissing('property_search', { columns });
  }
}
