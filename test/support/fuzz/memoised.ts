/** Keeps the results of a function by its first argument, an object of the document. */
export function memoised<Key, Rest extends unknown[], Result>(
  make: (key: Key, ...rest: Rest) => Result,
): (key: Key, ...rest: Rest) => Result {
  const results = new Map<Key, Result>();
  return (key, ...rest) => {
    let result = results.get(key);
    if (result === undefined) results.set(key, (result = make(key, ...rest)));
    return result;
  };
}
