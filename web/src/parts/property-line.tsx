import type { Property } from '../api/index.ts';
import { useTexts } from '../i18n.ts';

export function usePropertyTexts({ address, neighbourhood, city, price, currency }: Property) {
  const t = useTexts();
  return {
    name: address ?? t.noAddress,
    place: [neighbourhood, city].filter(Boolean).join(' · '),
    price: price === null ? t.noPrice : t.format.money(price, currency),
  };
}

/** Name, place and price of a property, in a table cell. */
export function PropertyLine({ property, href }: { property: Property; href: string }) {
  const { name, place, price } = usePropertyTexts(property);
  return (
    <>
      <a class="home-name" href={href}>
        {name}
      </a>
      <span class="home-place">
        {place && <span>{place}</span>} <span class="price">{price}</span>
      </span>
    </>
  );
}
