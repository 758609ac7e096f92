// The service as it is without its load shedding, for bench/overload.mjs.
const { Admission } = await import(new URL('../dist/http/admission.js', import.meta.url).href);
Admission.prototype.attach = () => {};
await import(new URL('../dist/main.js', import.meta.url).href);
