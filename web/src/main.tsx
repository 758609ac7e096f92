import { render } from 'preact';
import { App } from './app.tsx';
import { RANKING } from './base.ts';
import './styles.css';

// The browser resolves the address of the icon again when the address of the page changes: a relative one would be wrong then.
document.querySelector<HTMLLinkElement>('link[rel=icon]')!.href = `${RANKING}/icon.svg`;

render(<App />, document.getElementById('app')!);
