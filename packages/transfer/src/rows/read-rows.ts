import type { InputSchema } from '../schema/input-schema.js';
import type { OutputSchema } from '../schema/output-schema.js';
import type { Rows, UnknownPolicy } from './rows.js';
export type RowSource = string | Blob;
export interface ReadOptions {
  like?: { input: InputSchema; output?: OutputSchema };
  unknown?: UnknownPolicy;
  signal?: AbortSignal;
}
export async function readRows(source: RowSource, options: ReadOptions = {}): Promise<Rows> {
  throw new Error(`pending ${source} ${options}`);
}
