import type { PickledValue } from '@warmstart/core-checkpoint/files';
import { DatasetError } from '../errors.js';
import { readArrayPickle, uint8sOf } from '../formats/array-pickle.js';

export interface CifarArrays {
  /** [rows, 3072] in planes */
  readonly data: Uint8Array;
  readonly fine: readonly number[];
  readonly coarse: readonly number[];
}

/** CIFAR-100's python variant: a pickled dictionary of an array and two lists of classes. */
export function readCifarPickle(bytes: Uint8Array, file: string): CifarArrays {
  const dictionary = readArrayPickle(bytes, file);
  const entries = new Map(
    dictionary instanceof Map ? [...dictionary].map(([key, value]) => [keyText(key), value]) : [],
  );
  const entry = (key: string) => entries.get(key);
  const data = uint8sOf(entry('data'));
  const [fine, coarse] = [numbers(entry('fine_labels')), numbers(entry('coarse_labels'))];
  const isWhole =
    data !== undefined &&
    fine !== undefined &&
    fine.length * 3072 === data.length &&
    coarse?.length === fine.length;
  if (isWhole) return { data, fine, coarse };
  const message =
    'load: CIFAR-100’s python file must hold data, fine_labels and coarse_labels of one length.';
  throw new DatasetError('malformed', message, { file });
}

/** The official files have Python 2's strings; a copy written again by Python 3 may have bytes for keys. */
function keyText(key: PickledValue): string {
  return key instanceof Uint8Array ? String.fromCharCode(...key) : String(key);
}

function numbers(value: PickledValue | undefined): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.every((item) => typeof item === 'number') ? (value as number[]) : undefined;
}
