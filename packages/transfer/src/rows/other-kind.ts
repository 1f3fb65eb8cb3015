import { TransferError } from '../errors.js';
import type { InputSchema } from '../schema/input-schema.js';

const nouns = { table: 'a table', counts: 'counts by gene', images: 'images', texts: 'texts' };

/** Rows that a model cannot take, whatever they hold. */
export function refuseOtherKind(
  name: string,
  wanted: InputSchema['kind'],
  got: InputSchema['kind'],
): TransferError {
  return new TransferError(
    'other-data',
    `${name}: the model takes ${nouns[wanted]}, got ${nouns[got]}. Give it rows like those it learned from.`,
    { file: name },
  );
}
