import { useTexts } from '../i18n.ts';

/** Of which moment a view is. */
export function AsOf({ moment, isLive }: { moment: string; isLive: boolean }) {
  const t = useTexts();
  return (
    <p class="moment">
      {isLive && <span class="pulse" aria-hidden="true" />} {t.asOf(t.format.time(moment))}
      {isLive && ` · ${t.live}`}
    </p>
  );
}
