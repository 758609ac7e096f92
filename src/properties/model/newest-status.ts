import { type RawBuilder, sql } from 'kysely';

/**
 * The newest row of the status history of each of these properties; of equal dates, the row with the highest id.
 * @returns a derived table with `property_id`, `status_id` and `update_date`
 */
export const newestStatuses = (propertyIds: readonly number[]): RawBuilder<unknown> => sql`(
  select property_id, status_id, update_date from (
    select property_id, status_id, update_date,
      row_number() over (partition by property_id order by update_date desc, id desc) as recency
    from status_history where property_id in (${sql.join(propertyIds)})
  ) ranked where recency = 1
)`;
