export { diskStore } from './node/disk-store.js';
export { folder } from './node/folder.js';
export { saveFiles } from './node/save-files.js';
export { sharpDecoder } from './node/sharp-decoder.js';
export { wordnetPackage } from './node/wordnet-package.js';
