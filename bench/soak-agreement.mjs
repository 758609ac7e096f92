// Compares the derived tables with what is stored, by statements that share nothing with the service.

/** Each counts the rows that differ. A `?` stands for properties whose likes need not agree. */
const DIFFERENCES = {
  'prices that the search has wrong': `select count(*) as n from property p left join property_search s on s.property_id = p.id
    where not (s.price <=> nullif(p.price, 0))`,
  'statuses that the search has wrong': `select count(*) as n from property_search s join
    (select property_id, status_id, row_number() over (partition by property_id order by update_date desc, id desc) as position
      from status_history) h on h.property_id = s.property_id and h.position = 1
    where not (s.status_id <=> h.status_id)`,
  'properties whose likes are ranked wrong': `select count(*) as n from ranking r
    left join (select property_id, count(*) as likes from property_likes group by property_id) l on l.property_id = r.property_id
    where r.total + r.untrusted <> coalesce(l.likes, 0) and r.property_id not in (?)`,
  'properties whose like events do not add up to their likes': `select count(*) as n from
    (select property_id, sum(if(action = 'liked', 1, -1)) as likes from like_event group by property_id) e
    left join (select property_id, count(*) as likes from property_likes group by property_id) l on l.property_id = e.property_id
    where e.likes <> coalesce(l.likes, 0) and e.property_id not in (?)`,
};

/**
 * @param {import('mysql2/promise').Connection} connection
 * @param {number[]} unliked properties of which another program deleted a like: the sweep finds that within hours
 * @returns {Promise<Record<string, number>>}
 */
export async function agreement(connection, unliked) {
  /** @type {Record<string, number>} */
  const differences = {};
  for (const [title, sql] of Object.entries(DIFFERENCES)) {
    const [[row]] = /** @type {[{ n: number }[], unknown]} */ (
      /** @type {unknown} */ (await connection.query(sql, [[0, ...unliked]]))
    );
    differences[title] = Number(row?.n);
  }
  return differences;
}
