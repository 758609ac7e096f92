const input = '../../docs/openapi.json';
const sdk = ['@hey-api/sdk', '@hey-api/typescript'];

export default [
  { input, output: 'generated/hey-api-fetch', plugins: ['@hey-api/client-fetch', ...sdk] },
  { input, output: 'generated/hey-api-axios', plugins: ['@hey-api/client-axios', ...sdk] },
  {
    input,
    output: 'generated/hey-api-tanstack',
    plugins: ['@hey-api/client-fetch', ...sdk, '@tanstack/react-query'],
  },
];
