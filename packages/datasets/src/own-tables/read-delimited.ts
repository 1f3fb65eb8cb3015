import { DatasetError } from '../errors.js';
import type { DataNote } from '../notes.js';
import type { CellReadOptions } from '../tables/cells.js';
import { shownNames } from '../tables/table.js';
import { CellScanner } from './cell-scanner.js';
import type { DelimitedOptions } from './delimited-options.js';
import type { TextLayout } from './guess-layout.js';
import { guessLayout } from './guess-layout.js';
import { refuseManyColumns } from './many-columns.js';
import type { NumberStyle } from './number-style.js';
import { decimalEvidence, styleOf } from './number-style.js';
import { RawColumn } from './raw-column.js';
import { refuseOtherText } from './refuse-other-text.js';
import type { TableMember, TableReader } from './table-reader.js';
import type { TableEncoding } from './text-encoding.js';
import { asUtf8, guessWideEncoding } from './text-encoding.js';

/** How one file is written. */
interface DelimitedFile {
  readonly encoding: TableEncoding;
  readonly layout: TextLayout;
  readonly styles: readonly NumberStyle[];
  readonly notes: readonly DataNote[];
}

/** Columns that several files fill one after another. */
export class DelimitedColumns implements TableReader {
  readonly #options: DelimitedOptions;
  readonly #usualDelimiter: string;
  #names: readonly string[] | undefined;
  readonly notes: DataNote[] = [];
  columns: RawColumn[] = [];
  rowCount = 0;

  constructor(options: DelimitedOptions, usualDelimiter: string) {
    this.#options = options;
    this.#usualDelimiter = usualDelimiter;
  }

  get names(): readonly string[] {
    return this.#names ?? [];
  }

  /** @throws DatasetError for a file that is not such a table, or has other columns than the ones before */
  async add({ path, start, isWhole, stream, reading }: TableMember): Promise<void> {
    refuseOtherText(start, path);
    await this.#read(stream(), this.#lookAt(start, isWhole, path), path, reading);
  }

  #lookAt(start: Uint8Array, whole: boolean, path: string): DelimitedFile {
    const { encoding, text, note } = decodeStart(start, this.#options.encoding, whole);
    const layout = guessLayout(text, whole, { ...this.#options, usualDelimiter: this.#usualDelimiter });
    const notes = [...(note ? [note] : []), ...layoutNotes(layout, this.#options, this.#usualDelimiter)];
    const { styles, note: styleNote } = guessStyles(layout, this.#options);
    if (styleNote) notes.push(styleNote);
    if (layout.names.length === 0)
      throw new DatasetError('malformed', 'readTable: a table must have rows, got an empty file.', {
        file: path,
      });
    return { encoding, layout, styles, notes };
  }

  async #read(
    bytes: AsyncIterable<Uint8Array>,
    file: DelimitedFile,
    path: string,
    { limits, signal }: CellReadOptions,
  ) {
    const { layout, encoding, styles } = file;
    const names = this.#checkNames(layout.names, path);
    refuseManyColumns(names.length, limits, path);
    if (this.#names === undefined) {
      this.#names = names;
      const { columns: wanted = () => true } = this.#options;
      this.columns = names.filter(wanted).map((name) => new RawColumn(name));
      this.notes.push(...file.notes);
    }
    const byName = new Map(this.columns.map((column) => [column.name, column]));
    const scanner = new CellScanner({
      marks: layout.marks,
      cells: names.map((name, at) => ({ column: byName.get(name), style: styles[at] as NumberStyle })),
      file: path,
      limits,
      skipRecords: layout.skipLines + (layout.header ? 1 : 0),
      firstRow: this.rowCount,
    });
    await scanner.read(asUtf8(bytes, encoding), signal);
    this.rowCount = scanner.rowCount;
  }

  #checkNames(names: readonly string[], path: string): readonly string[] {
    const first = this.#names;
    if (first === undefined || names.join('\n') === first.join('\n')) return names;
    const message = `readTable: every file must have the columns ${shownNames(first)}, got ${shownNames(names)}.`;
    throw new DatasetError('malformed', message, { file: path, record: 1 });
  }
}

function decodeStart(
  start: Uint8Array,
  stated: TableEncoding | undefined,
  whole: boolean,
): { encoding: TableEncoding; text: string; note?: DataNote } {
  const encoding = stated ?? guessWideEncoding(start) ?? 'utf-8';
  if (encoding !== 'utf-8') {
    const text = decodeAs(start, encoding);
    const note = guessed('encoding', `the text is ${encoding.toUpperCase()}`);
    return { encoding, text, ...(stated === undefined ? { note } : {}) };
  }
  try {
    return { encoding, text: new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: !whole }) };
  } catch {
    if (stated !== undefined) return { encoding, text: new TextDecoder().decode(start) };
    const note = guessed('encoding', 'the text is not UTF-8 and was read as Windows-1252');
    return { encoding: 'windows-1252', text: decodeAs(start, 'windows-1252'), note };
  }
}

function decodeAs(bytes: Uint8Array, encoding: TableEncoding): string {
  if (encoding === 'utf-16le') return new TextDecoder('utf-16le').decode(bytes);
  return new TextDecoder('latin1').decode(bytes); // the marks are ASCII in all of the others
}

function layoutNotes(layout: TextLayout, options: DelimitedOptions, usualDelimiter: string): DataNote[] {
  const { marks, header, names, skipLines } = layout;
  const notes: DataNote[] = [];
  if (options.delimiter === undefined && marks.delimiter !== usualDelimiter && skipLines === 0) {
    const shown = marks.delimiter === '\t' ? 'tabs' : `"${marks.delimiter}"`;
    notes.push(guessed('delimiter', `cells are separated by ${shown}`));
  }
  if (options.quote === undefined && marks.quote === "'")
    notes.push(guessed('quote', "cells are quoted with '"));
  if (options.header === undefined && !header)
    notes.push(guessed('header', `the first row is data: the columns are called ${shownNames(names)}`));
  const repeated = names.filter(
    (name, at) => layout.header && layout.headerCells[at] !== '' && layout.headerCells[at] !== name,
  );
  if (repeated.length > 0)
    notes.push(guessed('header', `columns of one name are numbered: ${shownNames(repeated)}`));
  return notes;
}

function guessStyles(
  { sample, names, marks }: TextLayout,
  { decimal, thousands }: DelimitedOptions,
): { styles: NumberStyle[]; note?: DataNote } {
  const more = thousands === undefined ? {} : { thousands };
  if (decimal !== undefined) return { styles: names.map(() => ({ decimal, ...more })) };
  const evidence = names.map((_, at) =>
    decimalEvidence(sample.map((row) => row[at] ?? '').filter((cell) => cell !== '')),
  );
  const commas = evidence.some(({ comma }) => comma > 0);
  const points = evidence.some(({ point }) => point > 0);
  const file =
    commas && !points
      ? ','
      : points || marks.delimiter === ','
        ? '.'
        : marks.delimiter === ';'
          ? ','
          : undefined;
  const styles = evidence.map((found) => ({ ...styleOf(found, file), ...more }));
  const withComma = names.filter((_, at) => styles[at]?.decimal === ',');
  if (withComma.length === 0) return { styles };
  const message = `numbers have decimal commas in ${withComma.length === names.length ? 'all columns' : shownNames(withComma)}`;
  return { styles, note: guessed('decimal', message) };
}

function guessed(option: string, message: string): DataNote {
  return { kind: 'guessed', code: option, message, option };
}
