// Compiled files are in ranking/assets/, sources in ranking/src/: the service is two folders up, also where a proxy
// serves it below a prefix.
const here = import.meta.url;

/** The address of the service, without a slash at its end. */
export const SERVICE = new URL('../..', here).href.slice(0, -1);

/** The prefix that a proxy strips; empty without one. */
export const PREFIX = new URL(SERVICE).pathname.replace(/\/$/, '');

/** The path of this page's first view. */
export const RANKING = `${PREFIX}/ranking`;
