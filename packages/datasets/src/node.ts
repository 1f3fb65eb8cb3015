export { folder } from './node/folder.js';
