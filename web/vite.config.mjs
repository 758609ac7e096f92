import { defineConfig } from 'vite';

export default defineConfig(({ command }) => ({
  // A built page has relative addresses, see ranking-page.ts; the server of `npm run dev:web` has no such thing.
  base: command === 'build' ? './' : '/ranking/',
  build: {
    target: 'es2023',
    emptyOutDir: true,
    // The policy of the page allows no inline script, and browsers of this age need no help with modules.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy: { '/v1': 'http://localhost:8000' } },
}));
