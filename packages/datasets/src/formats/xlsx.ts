import { DatasetError } from '../errors.js';
import { memoryFile } from '../files.js';
import type { Limits } from '../limits.js';
import { installedPackage } from '../node-builtins.js';
import { readZip } from './zip.js';

/** What is used of `read-excel-file/universal`. */
export interface XlsxReader {
  default(input: Blob): Promise<{ readonly sheet: string; readonly data: readonly (readonly unknown[])[] }[]>;
}

export interface XlsxOptions {
  /** The sheet's name. Default: the first one with rows. */
  readonly sheet?: string;
  /** Default: the package `read-excel-file` where it is installed (Node). In browsers pass `() => import('read-excel-file/universal')`. */
  readonly xlsx?: () => Promise<XlsxReader>;
  readonly limits?: Partial<Limits>;
}

/** The rows of one sheet: strings, numbers, booleans, dates and null. */
export interface Sheet {
  readonly name: string;
  readonly others: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * One sheet of an Excel workbook (.xlsx), by the package `read-excel-file`.
 *
 * @throws DatasetError `missing-peer` without that package, `missing` where there is no such sheet, `malformed`
 */
export async function readXlsx(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
  options: XlsxOptions,
): Promise<Sheet> {
  const reader = await loadReader(options, file);
  // unpacked once under this package's limits, before another one does without
  for await (const member of readZip(memoryFile(file, bytes), {
    limits: { memberBytes: 2 ** 31, ...options.limits },
  }))
    for await (const _ of member.stream());
  const sheets = await reader.default(new Blob([bytes])).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatasetError(
      'malformed',
      `readTable: the workbook cannot be read: ${reason}.`,
      { file },
      { cause },
    );
  });
  const wanted = options.sheet;
  const found =
    wanted === undefined
      ? (sheets.find(({ data }) => data.length > 1) ?? sheets[0])
      : sheets.find(({ sheet }) => sheet === wanted);
  const names = sheets.map(({ sheet }) => sheet);
  if (found === undefined) {
    const message = `readTable: the workbook has the sheets ${names.join(', ')}, got ${JSON.stringify(wanted)}.`;
    throw new DatasetError('missing', message, { file });
  }
  return { name: found.sheet, others: names.filter((name) => name !== found.sheet), rows: found.data };
}

async function loadReader({ xlsx }: XlsxOptions, file: string): Promise<XlsxReader> {
  if (xlsx !== undefined) return xlsx();
  const installed = installedPackage('read-excel-file/universal') as XlsxReader | undefined; // its own declaration
  if (installed !== undefined) return installed;
  const message =
    "readTable: an Excel workbook needs the package read-excel-file. Install it (npm install read-excel-file), in a browser pass xlsx: () => import('read-excel-file/universal'), or save the sheet as CSV.";
  throw new DatasetError('missing-peer', message, { file });
}
