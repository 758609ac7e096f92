import { OnlineMigration } from './online-migration.js';

/** Lets the sweep walk likes and like events by id, at a cost that does not depend on the likes of a property or of a user. */
export class SweepOfLikes extends OnlineMigration {
  override async up(): Promise<void> {
    await this.addMissing('like_event', {
      indexes: {
        // The events of a pair, newest first.
        like_event_pair: 'key like_event_pair (user_id, property_id, id, action)',
      },
    });
    await this.addMissing('catch_up_state', {
      columns: {
        swept_like_id: 'bigint not null default 0',
        swept_event_id: 'bigint not null default 0',
      },
    });
  }
}
