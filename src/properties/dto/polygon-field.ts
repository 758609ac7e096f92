import { declareField, type FieldOptions } from '../../http/field.js';
import { parseDecimal } from '../../http/fields.js';
import { isSimple, type Polygon, polygonOf } from '../model/polygon.js';

const MIN_CORNERS = 3;
const MAX_CORNERS = 100;

/** A query parameter: the corners of a polygon, `lng,lat,lng,lat,…`. */
export function PolygonField(options: FieldOptions): PropertyDecorator {
  return declareField(options, {
    schema: { type: 'string', maxLength: 66 * MAX_CORNERS },
    parse: parsePolygon,
    accepts: (value) => value !== undefined && isSimple(value as Polygon),
    must: `be ${MIN_CORNERS} to ${MAX_CORNERS} corners lng,lat,lng,lat,… in plain decimals: lng from -180 to 180, lat from -90 to 90, at least three different corners, and lines that do not cross, touch or overlap`,
  });
}

/** @returns undefined for an invalid text */
function parsePolygon(text: string): Polygon | undefined {
  const numbers = text.split(',', 2 * MAX_CORNERS + 1).map(parseDecimal);
  if (numbers.length % 2 !== 0 || numbers.length < 2 * MIN_CORNERS) return undefined;
  const corners = [];
  for (let i = 0; i < numbers.length; i += 2) {
    const [lng, lat] = [numbers[i], numbers[i + 1]];
    if (lng === undefined || lat === undefined || Math.abs(lng) > 180 || Math.abs(lat) > 90) return undefined;
    corners.push({ lat, lng });
  }
  return polygonOf(corners);
}
