import { LocationProvider, Route, Router } from 'preact-iso';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { RANKING } from './base.ts';
import { type Language, Texts, initialLanguage, rememberLanguage, textsOf } from './i18n.ts';
import { Header } from './parts/header.tsx';
import {
  initialSession,
  noteSession,
  onSessionElsewhere,
  Session,
  type SessionState,
  signOut,
} from './session.ts';
import { CitiesView } from './views/cities.tsx';
import { HomeView } from './views/home.tsx';
import { NotFoundView } from './views/not-found.tsx';
import { NotStaffView } from './views/not-staff.tsx';
import { RankingView } from './views/ranking.tsx';
import { SignInView } from './views/sign-in.tsx';

export function App() {
  const [language, setLanguage] = useState<Language>(initialLanguage);
  const [state, setState] = useState<SessionState>(initialSession);
  const texts = useMemo(() => textsOf(language), [language]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => noteSession(state), [state]);
  useEffect(() => onSessionElsewhere(told), []);

  const [isStillIn, setStillIn] = useState(false);
  // Told by a view that was refused, not asked for.
  const [hasEnded, setEnded] = useState(false);
  const told = (answer: SessionState) => {
    setStillIn(false);
    setEnded(answer === 'signed-out');
    setState(answer);
  };
  const askToLeave = async () => {
    const isOut = await signOut();
    setStillIn(!isOut);
    setEnded(false);
    if (isOut) setState('signed-out');
  };
  const leave = () => void askToLeave();
  return (
    <Texts.Provider value={texts}>
      <Session.Provider value={told}>
        <LocationProvider scope={RANKING}>
          <a class="skip" href="#main">
            {texts.skip}
          </a>
          <Header
            language={language}
            onLanguage={(chosen) => {
              rememberLanguage(chosen);
              setLanguage(chosen);
            }}
            isIn={state === 'unknown' || state === 'signed-in'}
            onSignOut={state === 'signed-in' || state === 'not-staff' ? leave : null}
          />
          <main id="main" tabIndex={-1}>
            <div role="alert">{isStillIn && <p class="notice warning">{texts.stillSignedIn}</p>}</div>
            {state === 'signed-out' ? (
              <SignInView hasEnded={hasEnded} />
            ) : state === 'not-staff' ? (
              <NotStaffView onLeave={leave} />
            ) : (
              <Router>
                <Route path={RANKING} component={RankingView} />
                <Route path={`${RANKING}/cities`} component={CitiesView} />
                <Route path={`${RANKING}/homes/:id`} component={HomeView} />
                <Route default component={NotFoundView} />
              </Router>
            )}
          </main>
        </LocationProvider>
      </Session.Provider>
    </Texts.Provider>
  );
}
