import { LocationProvider, Route, Router } from 'preact-iso';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { VIEWS } from './base.ts';
import { type Language, Texts, initialLanguage, rememberLanguage, textsOf } from './i18n.ts';
import { Header } from './parts/header.tsx';
import {
  initialSession,
  onSessionOfOtherTab,
  type SessionState,
  SetSession,
  signOut,
  storeSession,
} from './session.ts';
import { CitiesView } from './views/cities.tsx';
import { MapView } from './views/map.tsx';
import { MarketView } from './views/market.tsx';
import { NotFoundView } from './views/not-found.tsx';
import { NotStaffView } from './views/not-staff.tsx';
import { PropertyView } from './views/property.tsx';
import { RankingView } from './views/ranking.tsx';
import { SignInView } from './views/sign-in.tsx';

export function App() {
  const [language, setLanguage] = useState<Language>(initialLanguage);
  const [state, setState] = useState<SessionState>(initialSession);
  const texts = useMemo(() => textsOf(language), [language]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => storeSession(state), [state]);
  useEffect(() => onSessionOfOtherTab(updateSession), []);

  const [signOutFailed, setSignOutFailed] = useState(false);
  /** True if the session ended without a sign-out of the user. */
  const [hasEnded, setEnded] = useState(false);
  const updateSession = (next: SessionState) => {
    setSignOutFailed(false);
    setEnded(next === 'signed-out');
    setState(next);
  };
  const leaveSession = async () => {
    const isOut = await signOut();
    setSignOutFailed(!isOut);
    setEnded(false);
    if (isOut) setState('signed-out');
  };
  const leave = () => void leaveSession();
  return (
    <Texts.Provider value={texts}>
      <SetSession.Provider value={updateSession}>
        <LocationProvider scope={VIEWS.ranking}>
          <a class="skip" href="#main">
            {texts.skip}
          </a>
          <Header
            language={language}
            onLanguage={(chosen) => {
              rememberLanguage(chosen);
              setLanguage(chosen);
            }}
            isSignedIn={state === 'unknown' || state === 'signed-in'}
            onSignOut={state === 'signed-in' || state === 'not-staff' ? leave : null}
          />
          <main id="main" tabIndex={-1}>
            <div role="alert">{signOutFailed && <p class="notice warning">{texts.stillSignedIn}</p>}</div>
            {state === 'signed-out' ? (
              <SignInView hasEnded={hasEnded} />
            ) : state === 'not-staff' ? (
              <NotStaffView onLeave={leave} />
            ) : (
              <Router>
                <Route path={VIEWS.ranking} component={RankingView} />
                <Route path={VIEWS.cities} component={CitiesView} />
                <Route path={VIEWS.map} component={MapView} />
                <Route path={VIEWS.market} component={MarketView} />
                <Route path={VIEWS.property} component={PropertyView} />
                <Route default component={NotFoundView} />
              </Router>
            )}
          </main>
        </LocationProvider>
      </SetSession.Provider>
    </Texts.Provider>
  );
}
