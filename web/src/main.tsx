import { render } from 'preact';
import { App } from './app.tsx';
import { VIEWS } from './base.ts';
import './styles/index.css';

// The browser resolves the icon's address again when the page's address changes, so it must be absolute.
document.querySelector<HTMLLinkElement>('link[rel=icon]')!.href = `${VIEWS.ranking}/icon.svg`;

render(<App />, document.getElementById('app')!);
