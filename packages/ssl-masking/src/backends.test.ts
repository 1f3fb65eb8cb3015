import '@tensorflow/tfjs-backend-wasm';
import { backendSuite } from './testing/backend-suite.js';

backendSuite('cpu');
backendSuite('wasm');
