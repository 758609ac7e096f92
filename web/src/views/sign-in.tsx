import { useContext, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { CallFailed } from '../api-call.ts';
import { type TextsOfLanguage, useTexts } from '../i18n.ts';
import { Title } from '../parts/title.tsx';
import { CookiesNotKept, SetSession, signIn } from '../session.ts';

export function SignInView({ hasEnded }: { hasEnded: boolean }) {
  const t = useTexts();
  const setSession = useContext(SetSession);
  const usernameInput = useRef<HTMLInputElement>(null);
  const codeInput = useRef<HTMLInputElement>(null);
  const [needsCode, setNeedsCode] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Error | null>(null);

  useLayoutEffect(() => (codeInput.current ?? usernameInput.current)?.focus(), [needsCode]);

  const submit = async (form: HTMLFormElement) => {
    const { username, password, code } = Object.fromEntries(new FormData(form)) as Record<string, string>;
    setBusy(true);
    setFailure(null);
    try {
      const { isStaff } = await signIn(username ?? '', password ?? '', code?.trim() || undefined);
      setSession(isStaff ? 'signed-in' : 'not-staff');
    } catch (error) {
      const problem = error instanceof CallFailed ? error.problem : null;
      if (problem === 'totp-code-required') setNeedsCode(true);
      setFailure(error as Error);
      setBusy(false);
      if (!problem?.startsWith('totp-')) usernameInput.current?.focus();
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
      {needsCode && (
        <label class="field">
          <span>{t.code}</span>
          <input ref={codeInput} name="code" autocomplete="one-time-code" spellcheck={false} required />
        </label>
      )}
      <button class="button" type="submit" disabled={isBusy}>
        {isBusy ? t.signingIn : t.signIn}
      </button>
    </form>
  );
}

function reasonOf(failure: Error, t: TextsOfLanguage): string {
  if (failure instanceof CookiesNotKept) return t.cookiesNotKept;
  const { status, retryAfter, problem } =
    failure instanceof CallFailed ? failure : { status: 0, retryAfter: null, problem: null };
  if (problem === 'totp-code-required') return t.codeRequired;
  if (problem === 'totp-code-refused') return t.wrongCode;
  if (problem === 'not-staff') return t.secondFactorNeeded;
  if (status === 429) return t.tooManyAttempts(retryAfter ?? 60);
  return status >= 400 && status < 500 ? t.wrongPassword : t.signInUnavailable;
}
