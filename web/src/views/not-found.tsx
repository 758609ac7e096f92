import { VIEWS } from '../base.ts';
import { useTexts } from '../i18n.ts';
import { Message } from '../parts/states.tsx';

export function NotFoundView() {
  const t = useTexts();
  return (
    <Message title={t.notFound} lead={t.notFoundLead} heading="h1">
      <a class="button" href={VIEWS.ranking}>
        {t.toRanking}
      </a>
    </Message>
  );
}
