const MAX_PER_NAME = 30;

/** Values of earlier answers by the name of their field. Requests use them: a cursor, a token or an id that exists. */
export class KnownValues {
  readonly #byName = new Map<string, unknown[]>();

  add(name: string, value: unknown): void {
    const key = name.toLowerCase();
    const values = this.#byName.get(key) ?? [];
    if (values.includes(value)) return;
    values.push(value);
    // The first values are those of the test: they stay.
    if (values.length > MAX_PER_NAME) values.splice(MAX_PER_NAME / 2, 1);
    this.#byName.set(key, values);
  }

  /** Adds all texts and numbers of an answer. */
  learn(body: unknown, name = ''): void {
    if (typeof body === 'string' || typeof body === 'number') this.add(name, body);
    else if (Array.isArray(body)) for (const item of body.slice(0, 5)) this.learn(item, name);
    else if (typeof body === 'object' && body !== null)
      for (const [key, value] of Object.entries(body)) this.learn(value, key);
  }

  /** A value of a field with this name, or whose name ends with it: `nextCursor` fits `cursor`. */
  pick(name: string, random: number): unknown {
    const wanted = name.toLowerCase();
    const values = this.#byName.get(wanted) ?? [...this.#byName].find(([key]) => key.endsWith(wanted))?.[1];
    return values?.[random % values.length];
  }
}
