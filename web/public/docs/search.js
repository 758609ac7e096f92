/** @typedef {any} Immutable a value of Immutable.js, the library of Swagger UI's state */

/** Without case and accents. @param {string} text */
const fold = (text) => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** The text in which an operation is searched. @param {string} tag @param {Immutable} entry */
function textOf(tag, entry) {
  const operation = entry.get('operation');
  const fields = ['operationId', 'summary', 'description'].map((name) => operation.get(name));
  /** @type {string[]} */
  const parameters = (operation.get('parameters')?.toArray() ?? []).map(
    (/** @type {Immutable} */ parameter) => parameter.get('name') ?? parameter.get('$ref'),
  );
  return fold([tag, entry.get('method'), entry.get('path'), ...fields, ...parameters].join(' '));
}

/** @param {Immutable} groups @returns {number} */
const countIn = (groups) =>
  groups.reduce(
    (/** @type {number} */ sum, /** @type {Immutable} */ group) => sum + group.get('operations').size,
    0,
  );

/**
 * A search box over the operations, as a plugin: an operation is shown when it has all words of the box. Swagger UI's own box
 * searches the names of the tags only.
 * @param {any} system
 */
export const searchBox = ({ React: { createElement: h } }) => ({
  fn: {
    /** @param {Immutable} groups operations by tag @param {string} phrase */
    opsFilter(groups, phrase) {
      const words = fold(phrase).split(/\s+/);
      const hasAllWords = (/** @type {string} */ tag) => (/** @type {Immutable} */ entry) => {
        const text = textOf(tag, entry);
        return words.every((word) => text.includes(word));
      };
      return groups
        .map((/** @type {Immutable} */ group, /** @type {string} */ tag) =>
          group.set('operations', group.get('operations').filter(hasAllWords(tag))),
        )
        .filter((/** @type {Immutable} */ group) => group.get('operations').size > 0);
    },
  },
  components: {
    /** @param {any} props */
    FilterContainer({ layoutSelectors, layoutActions, specSelectors }) {
      const filter = layoutSelectors.currentFilter();
      const phrase = typeof filter === 'string' ? filter : '';
      const count = countIn(specSelectors.taggedOperations());
      return h(
        'div',
        { className: 'wrapper search', role: 'search' },
        h('input', {
          type: 'search',
          'aria-label': 'Search the operations',
          placeholder: 'Search: like, ranking, minPrice …',
          value: phrase,
          onChange: (/** @type {any} */ { target }) => layoutActions.updateFilter(target.value),
        }),
        h('span', { role: 'status' }, phrase && (count === 1 ? '1 operation' : `${count} operations`)),
      );
    },
  },
  wrapComponents: {
    // Without a result, the box says "0 operations". Swagger UI would say that the document has none.
    operations: (/** @type {any} */ Operations) => (/** @type {any} */ props) =>
      props.specSelectors.taggedOperations().size > 0 ? h(Operations, props) : null,
  },
});
