import type { StateDict } from '@warmstart/shapes';
import { renameKeys } from './rename.js';

/**
 * scBERT's published checkpoint, for `scbert`: open it with `stateDict({ at: 'model_state_dict' })`; what
 * data-parallel training put before each name is dropped here.
 */
export function fromScBertCheckpoint(dict: StateDict): StateDict {
  return renameKeys(dict, [[/^(model_state_dict\.)?(module\.)?/, '']]);
}
