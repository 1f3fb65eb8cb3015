import type { DatasetDefinition } from '../definition.js';
import type { DnaSpliceColumns } from './dna-splice.js';
import { dnaSplice } from './dna-splice.js';
import type { SpambaseColumns } from './spambase.js';
import { spambase } from './spambase.js';

/** What `load` gives for each name. */
export interface DatasetColumns {
  spambase: SpambaseColumns;
  'dna-splice': DnaSpliceColumns;
}

export type DatasetName = keyof DatasetColumns;

function definitions(): { [N in DatasetName]: DatasetDefinition<DatasetColumns[N]> } {
  return { spambase, 'dna-splice': dnaSplice };
}

/** The names `load` knows. */
export function datasetNames(): DatasetName[] {
  return Object.keys(definitions()) as DatasetName[]; // an object literal of exactly these keys
}

/** @internal @throws RangeError for an unknown name */
export function definitionOf<N extends DatasetName>(name: N): DatasetDefinition<DatasetColumns[N]> {
  const all = definitions();
  if (!Object.hasOwn(all, name)) {
    throw new RangeError(`load: name must be one of ${Object.keys(all).join(', ')}, got "${name}".`);
  }
  return all[name];
}
