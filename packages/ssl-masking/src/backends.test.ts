import '@tensorflow/tfjs-backend-wasm';
import { backendSuite } from './testing/backend-suite.js';
import { invariantSuite } from './testing/invariant-suite.js';

for (const backend of ['cpu', 'wasm']) {
  backendSuite(backend);
  invariantSuite(backend);
}
