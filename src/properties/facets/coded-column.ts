// Codes take two bytes while the column has at most so many values, then four.
const MAX_SHORT_CODES = 2 ** 16;

/** A column of repeated values in memory: one code per row, and one value per code. Counting rows by code counts them by value. */
export class CodedColumn<Value> {
  /** By row. */
  codes: Uint16Array | Uint32Array;
  /** By code. A value stays when no row has it any more. */
  readonly values: Value[] = [];
  readonly #codeOf = new Map<unknown, number>();

  /** @param capacity rows */
  constructor(capacity: number) {
    this.codes = new Uint16Array(capacity);
  }

  /** @param key values with the same key are equal */
  set(row: number, value: Value, key: unknown = value): void {
    this.setByKey(row, key, () => value);
  }

  /** @param make the value of a new key */
  setByKey(row: number, key: unknown, make: () => Value): void {
    let code = this.#codeOf.get(key);
    if (code === undefined) {
      code = this.values.push(make()) - 1;
      this.#codeOf.set(key, code);
      if (code === MAX_SHORT_CODES) this.codes = Uint32Array.from(this.codes);
    }
    this.codes[row] = code;
  }

  valueOf(row: number): Value {
    return this.values[this.codes[row] as number] as Value;
  }

  /** @param capacity rows */
  grow(capacity: number): void {
    this.codes = grown(this.codes, capacity);
  }
}

/** A longer copy of a typed array. */
export function grown<Numbers extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(
  numbers: Numbers,
  length: number,
): Numbers {
  const copy = new (numbers.constructor as new (length: number) => Numbers)(length);
  copy.set(numbers);
  return copy;
}
