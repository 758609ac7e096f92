export { type Answer, type Client, type ClientOptions, createClient, type Init } from './client.js';
export type { ItemOf, PagedPath, PageOf } from './pages.js';
export { type Problem, ProblemError, type ProblemType } from './problems.js';
export type { components, operations, paths } from './schema.js';
export { memoryStore, type Tokens, type TokenStore } from './session.js';
