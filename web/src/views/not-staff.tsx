import { useTexts } from '../i18n.ts';
import { Message } from '../parts/states.tsx';

export function NotStaffView({ onLeave }: { onLeave: () => void }) {
  const t = useTexts();
  return (
    <Message title={t.notStaff} lead={t.notStaffLead} heading="h1">
      <button type="button" class="button" onClick={onLeave}>
        {t.otherAccount}
      </button>
    </Message>
  );
}
