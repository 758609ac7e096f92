// The like of the floor: token check and one transaction.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { pool, toIsoTime } from './floor-database.mjs';

const DUPLICATE_ENTRY = 1062;

/**
 * The user of an access token. Checks signature, audience and expiry.
 * @param {string} authorization
 */
export function userOf(authorization) {
  const [head, claims, signature] = authorization.slice('Bearer '.length).split('.');
  const expected = createHmac('sha256', String(process.env.JWT_SECRET)).update(`${head}.${claims}`).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature ?? '', 'base64url'))) throw new Error('forged');
  const { sub, exp, aud } = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString());
  if (aud !== 'property-service' || exp * 1000 < Date.now()) throw new Error('expired');
  return Number(sub);
}

/**
 * Likes a property, or does nothing if the user likes it already.
 * @param {number} propertyId @param {number} userId
 * @returns undefined without a visible property
 */
export async function like(propertyId, userId) {
  const at = new Date().toISOString().slice(0, 19).replace('T', ' ');
  const connection = await pool.getConnection();
  let isNew = true;
  try {
    await connection.query('start transaction');
    const [result] = /** @type {[import('mysql2').ResultSetHeader, unknown]} */ (
      await connection.execute(
        `insert into property_likes (property_id, user_id, created_at)
        select p.id, u.id, ? from auth_user u join property p on p.id = ? and p.availability is not null where u.id = ?`,
        [at, propertyId, userId],
      )
    );
    if (result.affectedRows === 0) return undefined;
    await connection.execute(
      `insert into like_event (property_id, user_id, action, at) values (?, ?, 'liked', ?)`,
      [propertyId, userId, at],
    );
  } catch (error) {
    if (/** @type {{ errno?: number }} */ (error).errno !== DUPLICATE_ENTRY) throw error;
    isNew = false;
  } finally {
    await connection.query('commit');
    connection.release();
  }
  return { isNew, body: { propertyId, liked: true, likedAt: toIsoTime(at) } };
}
