import { useTexts } from '../i18n.ts';

/** The instant of the data of a view. @param props.asOf ISO time */
export function AsOf({ asOf, isLive }: { asOf: string; isLive: boolean }) {
  const t = useTexts();
  return (
    <p class="moment">
      {isLive && <span class="pulse" aria-hidden="true" />} {t.asOf(t.format.time(asOf))}
      {isLive && ` · ${t.live}`}
    </p>
  );
}
