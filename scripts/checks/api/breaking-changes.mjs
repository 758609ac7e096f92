// Compares two versions of the OpenAPI document. A change is breaking when a client of the old version may stop working.

/**
 * @typedef {Record<string, any>} Node a part of a document
 * @typedef {{ document: Node, node: Node }} Side
 */

/**
 * @param {Node} before the document of the last release
 * @param {Node} after
 * @returns {string[]} one sentence per breaking change
 */
export function breakingChanges(before, after) {
  const names = Object.keys(before.components?.schemas ?? {});
  const lost = names.filter((name) => !(name in (after.components?.schemas ?? {})));
  const problems = wordsOf(before.components?.schemas?.ProblemType ?? {}) ?? [];
  const lostProblems = problems.filter(
    (type) => !wordsOf(after.components.schemas.ProblemType)?.includes(type),
  );
  return [
    ...Object.entries(before.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, operation]) => {
        const at = `${method.toUpperCase()} ${path}`;
        const next = after.paths[path]?.[method];
        if (!next) return [`${at} is gone`];
        return ofOperation({ document: before, node: operation }, { document: after, node: next }, at);
      }),
    ),
    ...lost.map((name) => `the schema ${name} is gone: generated clients name a type by it`),
    ...lostProblems.map((type) => `the problem type ${type} is gone`),
  ];
}

/** @param {Side} old @param {Side} next @param {string} at @returns {string[]} */
function ofOperation(old, next, at) {
  const changes = [];
  if (old.node.operationId !== next.node.operationId) changes.push(`${at} has another operationId`);
  if (!allows(next.node, old.node)) changes.push(`${at} refuses a sign-in that it accepted`);
  changes.push(...ofParameters(old, next, at), ...ofBody(old, next, at));
  for (const [status, response] of Object.entries(old.node.responses)) {
    const other = next.node.responses[status];
    if (!other) {
      changes.push(`${at} no longer answers ${status}`);
      continue;
    }
    const others = resolve(next.document, other).headers ?? {};
    for (const name of Object.keys(resolve(old.document, response).headers ?? {}))
      if (!(name in others)) changes.push(`${at}, answer ${status}: the header ${name} is gone`);
    changes.push(
      ...ofContent(at, status, contentOf(old.document, response), contentOf(next.document, other), old, next),
    );
  }
  return changes;
}

/**
 * Whether each way to sign in to `known` is one of `offered`; no token is a way, too.
 * @param {Node} offered @param {Node} known
 */
function allows(offered, known) {
  const ways = (/** @type {Node} */ { security = [] }) =>
    (security.length > 0 ? security : [{}]).map(Object.keys);
  return ways(known).every((/** @type {string[]} */ way) =>
    ways(offered).some((/** @type {string[]} */ other) => other.every((name) => way.includes(name))),
  );
}

/** @param {Side} old @param {Side} next @param {string} at @returns {string[]} */
function ofParameters(old, next, at) {
  const before = parametersOf(old);
  const after = parametersOf(next);
  const added = [...after].filter(([key, { required }]) => required && !before.has(key));
  return [
    ...added.map(([key]) => `${at} needs the new parameter ${key}`),
    ...[...before].flatMap(([key, parameter]) => {
      const other = after.get(key);
      if (!other) return [`${at} refuses the parameter ${key}`];
      return [
        ...(formOf(parameter) === formOf(other) ? [] : [`${at}: ${key} is written in another form`]),
        ...(other.required && !parameter.required ? [`${at} needs the parameter ${key}`] : []),
        ...(defaultOf(old, parameter) === defaultOf(next, other)
          ? []
          : [`${at}: ${key} has another default`]),
        ...misfits(
          { document: old.document, node: parameter.schema },
          { document: next.document, node: other.schema },
          `${at}, parameter ${key}`,
          true,
        ),
      ];
    }),
  ];
}

/** How a list is written. @param {Node} parameter */
const formOf = ({ style = 'form', explode = true }) => `${style} ${explode}`;

/** @param {Side} side @param {Node} parameter @returns {unknown} */
const defaultOf = ({ document }, { schema }) => resolve(document, schema).default;

/** @param {Side} side @returns {Map<string, Node>} */
const parametersOf = ({ document, node }) =>
  new Map(
    (node.parameters ?? [])
      .map((/** @type {Node} */ parameter) => resolve(document, parameter))
      .map((/** @type {Node} */ parameter) => [`${parameter.name} (${parameter.in})`, parameter]),
  );

/** @param {Side} old @param {Side} next @param {string} at @returns {string[]} */
function ofBody(old, next, at) {
  const after = next.node.requestBody;
  if (!old.node.requestBody) return after?.required ? [`${at} needs a body`] : [];
  if (!after) return [`${at} refuses a body`];
  const [before, now] = [contentOf(old.document, old.node.requestBody), contentOf(next.document, after)];
  return Object.entries(before).flatMap(([type, { schema }]) =>
    now[type]
      ? misfits(
          { document: old.document, node: schema },
          { document: next.document, node: now[type].schema },
          `${at}, body`,
          true,
        )
      : [`${at} refuses a body of ${type}`],
  );
}

/**
 * @param {string} at @param {string} status @param {Node} before @param {Node} after @param {Side} old @param {Side} next
 * @returns {string[]}
 */
function ofContent(at, status, before, after, old, next) {
  return Object.entries(before).flatMap(([type, { schema }]) =>
    after[type]
      ? misfits(
          { document: next.document, node: after[type].schema },
          { document: old.document, node: schema },
          `${at}, answer ${status}`,
          false,
        )
      : [`${at} no longer answers ${status} with ${type}`],
  );
}

/** @param {Node} document @param {Node} node @returns {Node} */
const contentOf = (document, node) => resolve(document, node).content ?? {};

/** @param {Node} document @param {Node} node @returns {Node} the node with the target of its reference in it */
function resolve(document, node) {
  if (!node?.$ref) return node ?? {};
  const { $ref, ...own } = node;
  const target = $ref
    .slice(2)
    .split('/')
    .reduce((/** @type {Node} */ part, /** @type {string} */ key) => part[key], document);
  return { ...resolve(document, target), ...own };
}

/**
 * Why a value that fits `narrow` may not fit `wide`.
 * @param {Side} narrow what is sent: a request of the old version, or an answer of the new one
 * @param {Side} wide what the receiver knows
 * @param {string} at
 * @param {boolean} isClosed whether the receiver refuses unknown fields, as the service does
 * @returns {string[]}
 */
function misfits(narrow, wide, at, isClosed) {
  const choices = alternatives(wide);
  return alternatives(narrow).flatMap((sent) => {
    const reasons = choices.map((known) => misfitsOfOne(sent, known, at, isClosed));
    return reasons.toSorted((a, b) => a.length - b.length)[0] ?? [];
  });
}

/** @param {Side} side @returns {Side[]} one side for each alternative and each type */
function alternatives({ document, node }) {
  const schema = resolve(document, node);
  if (schema.anyOf)
    return schema.anyOf.flatMap((/** @type {Node} */ part) => alternatives({ document, node: part }));
  if (schema.allOf?.length === 1) return alternatives({ document, node: schema.allOf[0] });
  if (!Array.isArray(schema.type)) return [{ document, node: schema }];
  return schema.type.map((/** @type {string} */ type) => ({
    document,
    node:
      type === 'null'
        ? { type }
        : { ...schema, type, enum: schema.enum?.filter((/** @type {unknown} */ word) => word !== null) },
  }));
}

/** Limits, and whether a greater value is the wider limit. */
const LIMITS = /** @type {const} */ ([
  ['minimum', false],
  ['maximum', true],
  ['minLength', false],
  ['maxLength', true],
  ['minItems', false],
  ['maxItems', true],
]);

/** @param {Side} narrow @param {Side} wide @param {string} at @param {boolean} isClosed @returns {string[]} */
function misfitsOfOne(narrow, wide, at, isClosed) {
  const [sent, known] = [narrow.node, wide.node];
  const isWholeNumber = sent.type === 'integer' && known.type === 'number';
  if (known.type && sent.type !== known.type && !isWholeNumber)
    return [`${at}: ${sent.type} instead of ${known.type}`];
  // Clients accept unknown words and other sizes in answers; the service refuses them in requests.
  const reasons = isClosed ? beyondLimits(sent, known, at) : [];
  if (known.type === 'array')
    reasons.push(
      ...misfits({ ...narrow, node: sent.items }, { ...wide, node: known.items }, `${at}[]`, isClosed),
    );
  if (known.type === 'string' && known.format && known.format !== sent.format)
    reasons.push(`${at}: ${sent.format} instead of ${known.format}`);
  for (const name of isClosed ? [] : Object.keys(known.properties ?? {}))
    if (!sent.properties?.[name]) reasons.push(`${at}: ${name} is gone`);
  for (const name of known.required ?? [])
    if (known.properties?.[name] && !sent.required?.includes(name))
      reasons.push(`${at}: ${name} may be absent`);
  for (const [name, schema] of Object.entries(sent.properties ?? {})) {
    const other = known.properties?.[name];
    if (other)
      reasons.push(
        ...misfits({ ...narrow, node: schema }, { ...wide, node: other }, `${at}.${name}`, isClosed),
      );
    else if (isClosed) reasons.push(`${at}: ${name} is refused`);
  }
  return reasons;
}

/** @param {Node} sent @param {Node} known @param {string} at @returns {string[]} */
function beyondLimits(sent, known, at) {
  const reasons = [];
  const [words, knownWords] = [wordsOf(sent), wordsOf(known)];
  const unknown = knownWords && (words ?? ['any value']).filter((word) => !knownWords.includes(word));
  if (unknown?.length) reasons.push(`${at}: ${unknown.join(', ')} is refused`);
  for (const [limit, isGreaterWider] of words ? [] : LIMITS) {
    if (known[limit] === undefined) continue;
    const value = sent[limit] ?? (isGreaterWider ? Infinity : -Infinity);
    if (isGreaterWider ? value > known[limit] : value < known[limit])
      reasons.push(`${at}: ${limit} is now ${known[limit]}`);
  }
  if (known.pattern && known.pattern !== sent.pattern) reasons.push(`${at}: another pattern`);
  return reasons;
}

/** @param {Node} schema @returns {(string | number | boolean)[] | undefined} */
const wordsOf = (schema) => schema.enum ?? ('const' in schema ? [schema.const] : undefined);

/**
 * Whether a version may break clients of the last release (semantic versioning).
 * @param {string} last @param {string} current both `major.minor.patch`
 */
export function mayBreak(last, current) {
  const [lastMajor = 0, lastMinor = 0] = last.split('.').map(Number);
  const [major = 0, minor = 0] = current.split('.').map(Number);
  return major !== lastMajor ? major > lastMajor : major === 0 && minor > lastMinor;
}
