import { useContext, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { CallFailed } from '../api-call.ts';
import { type TextsOfLanguage, useTexts } from '../i18n.ts';
import { Title } from '../parts/title.tsx';
import { CookiesNotKept, SetSession, signIn } from '../session.ts';

export function SignInView({ hasEnded }: { hasEnded: boolean }) {
  const t = useTexts();
  const setSession = useContext(SetSession);
  const usernameInput = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => usernameInput.current?.focus(), []);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Error | null>(null);

  const submit = async (form: HTMLFormElement) => {
    const { username, password } = Object.fromEntries(new FormData(form)) as Record<string, string>;
    setBusy(true);
    setFailure(null);
    try {
      const { isStaff } = await signIn(username ?? '', password ?? '');
      setSession(isStaff ? 'signed-in' : 'not-staff');
    } catch (error) {
      setFailure(error as Error);
      setBusy(false);
      usernameInput.current?.focus();
    }
  };
  return (
    <form
      class="card sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      <Title text={t.signIn} />
      <p>{t.signInLead}</p>
      {hasEnded && !failure && <p class="notice">{t.sessionEnded}</p>}
      <div role="alert">{failure && <p class="notice warning">{reasonOf(failure, t)}</p>}</div>
      <label class="field">
        <span>{t.username}</span>
        <input
          ref={usernameInput}
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
        />
      </label>
      <label class="field">
        <span>{t.password}</span>
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      <button class="button" type="submit" disabled={isBusy}>
        {isBusy ? t.signingIn : t.signIn}
      </button>
    </form>
  );
}

function reasonOf(failure: Error, t: TextsOfLanguage): string {
  if (failure instanceof CookiesNotKept) return t.cookiesNotKept;
  const { status, retryAfter } = failure instanceof CallFailed ? failure : { status: 0, retryAfter: null };
  if (status === 429) return t.tooManyAttempts(retryAfter ?? 60);
  return status >= 400 && status < 500 ? t.wrongPassword : t.signInUnavailable;
}
