import { defineConfig } from 'vite';

export default defineConfig(({ command }) => ({
  // A built page has relative addresses, which src/ranking-page.ts rewrites. The server of `npm run dev:web` serves absolute ones.
  base: command === 'build' ? './' : '/ranking/',
  build: {
    target: 'es2023',
    emptyOutDir: true,
    // The content security policy forbids inline scripts, and browsers of this target preload modules themselves.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy: { '/v1': 'http://localhost:8000' } },
}));
