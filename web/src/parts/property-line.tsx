import type { Property } from '../api/index.ts';
import { useTexts } from '../i18n.ts';

export function usePropertyTexts(property: Property) {
  const t = useTexts();
  const { address, neighbourhood, city, price, currency, propertyType, area, bedrooms } = property;
  return {
    name: address ?? t.noAddress,
    place: [neighbourhood, city].filter(Boolean).join(' · '),
    price: price === null ? t.noPrice : t.format.money(price, currency),
    facts: [
      propertyType && t.types[propertyType],
      area !== null && t.area(t.format.area(area)),
      bedrooms !== null && t.bedrooms(bedrooms),
    ].filter(Boolean),
  };
}

interface Props {
  property: Property;
  href: string;
  withId?: boolean;
}

/** Name, place, price and main facts of a property, in a table cell. */
export function PropertyLine({ property, href, withId = false }: Props) {
  const t = useTexts();
  const { name, place, price, facts } = usePropertyTexts(property);
  return (
    <>
      <a class="home-name" href={href}>
        {name}
      </a>
      <span class="home-place">
        {place && <span>{place}</span>} <span class="price">{price}</span>
        {facts.length > 0 && <span>{facts.join(' · ')}</span>}
        {withId && <span>{t.id(property.id)}</span>}
        {property.availability === 'sold' && <span class="badge">{t.sold}</span>}
      </span>
    </>
  );
}
