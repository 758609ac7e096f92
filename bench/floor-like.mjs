// The like of the floor: token check and one round trip.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { pool, toIsoTime } from './floor-database.mjs';

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
 */
export async function like(propertyId, userId) {
  const at = new Date().toISOString().slice(0, 19).replace('T', ' ');
  const [[[row]]] = /** @type {any} */ (
    await pool.execute('call like_property(?, ?, ?)', [propertyId, userId, at])
  );
  return { isNew: row.is_new === 1, body: { propertyId, liked: true, likedAt: toIsoTime(at) } };
}
