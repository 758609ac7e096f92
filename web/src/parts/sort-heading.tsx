import { type CityField, useAddress } from '../address.ts';

/** A column heading that sorts the cities: first in the direction that a reader expects, then the other way round. */
export function SortHeading({ field, label }: { field: CityField; label: string }) {
  const { sort, go } = useAddress();
  const isDescending = sort === `-${field}`;
  const isSorted = isDescending || sort === field;
  // Names from A, numbers from the highest.
  const other = isSorted ? !isDescending : field !== 'city';
  return (
    <th
      role="columnheader"
      scope="col"
      class={field === 'city' ? '' : 'number'}
      aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" class="sort" onClick={() => go({ sort: other ? `-${field}` : field })}>
        {label}
        <span aria-hidden="true">{isSorted ? (isDescending ? '↓' : '↑') : ''}</span>
      </button>
    </th>
  );
}
