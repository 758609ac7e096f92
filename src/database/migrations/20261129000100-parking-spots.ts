import { OnlineMigration } from './online-migration.js';

/**
 * The column of the filter `minParkingSpots`. It is in no index: adding it to the `newest` indexes means making them again,
 * and statements that name a missing index fail meanwhile.
 */
export class ParkingSpots extends OnlineMigration {
  override async up(): Promise<void> {
    await this.addMissing('property_search', { columns: { parking_spots: 'int null' } });
  }
}
