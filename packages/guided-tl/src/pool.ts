export { directoryStore } from './directory-store.js';
export { type LocalPoolOptions, localPool } from './local-pool.js';
