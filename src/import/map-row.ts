import { MAX_PHOTOS, type Photo } from '../properties/model/photo.js';
import type { Listing } from '../properties/write/listing.js';
import { type RowFault, ImportError } from './import-error.js';
import {
  type AnySource,
  FIELD_NAMES,
  type FieldName,
  type ImportMap,
  isRequired,
  sourcesOf,
} from './import-map.js';
import { type Limits, listingReaders, type ListingReaders } from './listing-readers.js';
import { readRaw, Unreadable } from './read-values.js';

/** A record of a file, by columns. */
export interface Row {
  /** @returns undefined for an absent column */
  value(column: string): unknown;
}

export type Verdict =
  | { readonly listing: Listing; readonly faults?: undefined }
  | { readonly listing?: undefined; readonly faults: readonly RowFault[] };

/**
 * @returns a function that turns a row into a listing, or into all its faults
 * @throws ImportError when a constant or a replacement in the mapping is not a valid value of its field
 */
export function rowMapper(map: ImportMap, limits: Limits): (row: Row) => Verdict {
  const readers = listingReaders(map, limits);
  const sources = new Map(sourcesOf(map));
  checkValuesOfMap(map, readers);
  return (row) => new RowReading(readers, sources, map.source, row).verdict();
}

/** No URL contains these characters. */
const BETWEEN_PHOTOS = /[\s|]+/;

/** Read after the required fields, the coordinates and the photos, in the order in which their faults are reported. */
const OTHER_FIELDS = FIELD_NAMES.filter(
  (field) => !isRequired(field) && field !== 'latitude' && field !== 'longitude' && field !== 'photos',
);

type Values<Field extends FieldName> = { [Name in Field]: ReturnType<ListingReaders[Name]> | null };

class RowReading {
  readonly #faults: RowFault[] = [];

  constructor(
    private readonly readers: ListingReaders,
    private readonly sources: ReadonlyMap<FieldName, AnySource>,
    private readonly referencePrefix: string | undefined,
    private readonly row: Row,
  ) {}

  verdict(): Verdict {
    const { externalRef, city, price } = this.#readAll(['externalRef', 'city', 'price']);
    const coordinates = this.#coordinates();
    const photos = this.#photos();
    const { status, statusSince, ...optional } = this.#readAll(OTHER_FIELDS);
    const complete = externalRef !== null && city !== null && price !== null;
    if (!complete || this.#faults.length > 0) return { faults: this.#faults };
    const history = [{ status: status ?? 'en_venta', at: statusSince }];
    return { listing: { externalRef, city, price, ...coordinates, ...photos, ...optional, history } };
  }

  #readAll<Field extends FieldName>(fields: readonly Field[]): Values<Field> {
    return Object.fromEntries(fields.map((field) => [field, this.#read(field)])) as Values<Field>;
  }

  #read<Field extends FieldName>(field: Field): ReturnType<ListingReaders[Field]> | null {
    const source = this.sources.get(field);
    if (!source) return null;
    let text: string | null = null;
    try {
      let typed: boolean;
      ({ text, typed } = this.#text(source));
      if (text !== null) return this.readers[field](text, typed) as ReturnType<ListingReaders[Field]>;
      if (isRequired(field)) this.#faults.push(faultOf(field, null, 'is missing'));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      if (!source.unreadable) this.#faults.push(faultOf(field, text, error.message));
    }
    return null;
  }

  /** `typed`: the value is a JSON number, in the file or in the mapping. */
  #text(source: AnySource): { text: string | null; typed: boolean } {
    if (source.columns) {
      const parts = source.columns.map((column) => readRaw(this.row.value(column)));
      const text = parts.includes(null) ? null : [this.referencePrefix ?? [], parts].flat().join(':');
      return { text, typed: false };
    }
    const raw = source.column === undefined ? source.constant : this.row.value(source.column);
    const text = readRaw(raw);
    const { values } = source;
    if (text === null || !values || !Object.hasOwn(values, text))
      return { text, typed: typeof raw === 'number' };
    return { text: readRaw(values[text]), typed: typeof values[text] === 'number' };
  }

  #coordinates(): { latitude: number | null; longitude: number | null } {
    const faultsBefore = this.#faults.length;
    const [latitude, longitude] = [this.#read('latitude'), this.#read('longitude')];
    // Portals write 0/0 for an unknown location.
    const known = [latitude, longitude].filter((degrees) => degrees !== null);
    if (known.length === 2 && known.some((degrees) => Math.abs(degrees) > 1e-9))
      return { latitude, longitude };
    const tolerated = this.sources.get('latitude')?.unreadable ?? this.sources.get('longitude')?.unreadable;
    if (known.length === 1 && !tolerated && this.#faults.length === faultsBefore) {
      const missing = latitude === null ? 'latitude' : 'longitude';
      this.#faults.push(faultOf(missing, null, 'is missing, the other coordinate is not'));
    }
    return { latitude: null, longitude: null };
  }

  /** Without a source there are none: the stored photos stay. */
  #photos(): { photos?: Photo[] } {
    const source = this.sources.get('photos');
    if (!source) return {};
    const { column, columns = [column!], separator = BETWEEN_PHOTOS, unreadable } = source;
    const urls = new Set<string>();
    const attempt = (text: string | null, read: () => void): void => {
      try {
        read();
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        if (!unreadable) this.#faults.push(faultOf('photos', text, error.message));
      }
    };
    for (const value of columns.flatMap((name) => this.row.value(name))) {
      attempt(null, () => {
        const texts = (readRaw(value) ?? '').split(separator).map((text) => text.trim());
        for (const text of texts) if (text) attempt(text, () => urls.add(this.readers.photos(text)));
      });
    }
    if (urls.size > MAX_PHOTOS) this.#faults.push(faultOf('photos', null, `must be at most ${MAX_PHOTOS}`));
    return { photos: [...urls].map((url) => ({ url, caption: null })) };
  }
}

function faultOf(field: FieldName, text: string | null, rule: string): RowFault {
  const shown = text && (text.length > 60 ? `${text.slice(0, 60)}…` : text);
  return {
    kind: `${field} ${rule}`,
    reason: [field, shown && JSON.stringify(shown), rule].filter(Boolean).join(' '),
  };
}

// Constants and replacements are checked once, before the first row.
function checkValuesOfMap(map: ImportMap, readers: ListingReaders): void {
  const faults = sourcesOf(map).flatMap(([field, { constant, values = {} }]) =>
    [
      ['constant', constant] as const,
      ...Object.entries(values).map(([key, word]) => [`values.${key}`, word] as const),
    ].flatMap(([key, word]) => {
      try {
        const text = readRaw(word);
        if (text !== null) readers[field](text, typeof word === 'number');
        return [];
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        return [`  fields.${field}.${key}: ${JSON.stringify(word)} ${error.message}`];
      }
    }),
  );
  if (faults.length > 0) throw new ImportError(`The map cannot be used:\n${faults.join('\n')}`);
}
