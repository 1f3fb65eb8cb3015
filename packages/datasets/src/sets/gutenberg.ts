import type { Batch, Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import type { DatasetDefinition, ReadOptions } from '../definition.js';
import { DatasetError } from '../errors.js';
import type { DataFiles } from '../files.js';
import { memoryFiles } from '../files.js';
import { decodeText } from '../formats/decode-text.js';
import type { Member } from '../formats/member.js';
import { readTextTable } from '../formats/text-table.js';
import { pridePrejudice } from '../samples/pride-and-prejudice.js';
import { walk } from '../walk.js';
import { missing, readMatching } from './find-members.js';
import { stripBoilerplate } from './gutenberg-boilerplate.js';

export interface GutenbergColumns {
  [column: string]: Int32Array | string[];
  /** The e-book's number; 0 where the file's name has none. */
  id: Int32Array;
  title: string[];
  author: string[];
  language: string[];
  /** The work itself, header and footer taken off; empty in the catalog. */
  text: string[];
}

const string = { dtype: 'string', shape: [] } as const;
const catalogHeader = [
  'Text#',
  'Type',
  'Issued',
  'Title',
  'Language',
  'Authors',
  'Subjects',
  'LoCC',
  'Bookshelves',
];

function schema(): Schema<GutenbergColumns> {
  return { id: { dtype: 'int32', shape: [] }, title: string, author: string, language: string, text: string };
}

/** Books whose copyright has run out. */
export const gutenberg: DatasetDefinition<GutenbergColumns> = {
  defaultSplit: 'books',
  small: false,
  card: {
    name: 'gutenberg',
    title: 'Project Gutenberg',
    description:
      'Books in the public domain in the United States as plain text, and the catalog of all of them.',
    licence:
      'Texts: public domain in the United States. The name is a trademark: header and footer are taken off.',
    downloadable: true,
    splits: { books: null, catalog: null },
    classes: [],
    features: {
      id: 'number of the e-book',
      title: 'title',
      author: 'authors',
      language: 'language',
      text: 'the work',
    },
    source: 'https://www.gutenberg.org/',
    citation: 'Project Gutenberg. www.gutenberg.org.',
    files: [
      { name: 'pg_catalog.csv.gz', url: 'https://www.gutenberg.org/cache/epub/feeds/pg_catalog.csv.gz' },
    ],
    verified:
      'Catalog columns and markers from documents. The excerpt is chapter 1 of Pride and Prejudice in a wrapper of our own.',
    offline: 'excerpt',
  },
  async open(files, options) {
    const catalog = {
      set: 'Gutenberg’s catalog',
      pattern: /pg_catalog\.csv$/,
      expected: 'pg_catalog.csv.gz',
    };
    const read =
      options.split === 'catalog'
        ? () => readMatching(files, catalog, options, (member) => catalogRows(member, options))
        : () => readBooks(files, options);
    return { schema: schema(), read };
  },
  offline: async () =>
    memoryFiles({
      '1342-0.txt': pridePrejudice(),
      'pg_catalog.csv': `${catalogHeader.join(',')}\n1342,Text,1998-06-01,Pride and Prejudice,en,"Austen, Jane, 1775-1817","England -- Fiction",PR,\n`,
    }),
};

async function* catalogRows(member: Member, { limits }: ReadOptions) {
  let header: string[] | undefined;
  for await (const block of readTextTable(member.stream(), { file: member.path, limits })) {
    header ??= block.shift() ?? [];
    const place = (name: string) => {
      const at = header?.indexOf(name) ?? -1;
      if (at >= 0) return at;
      throw new DatasetError(
        'malformed',
        `load: the catalog must have a column ${name}, got ${header?.slice(0, 9).join(', ')}.`,
        { file: member.path, record: 1 },
      );
    };
    if (block.length === 0) continue;
    const column = (name: string) => {
      const at = place(name);
      return block.map((row) => row[at] ?? '');
    };
    const columns = {
      id: Int32Array.from(column('Text#'), Number),
      title: column('Title'),
      author: column('Authors'),
      language: column('Language'),
      text: block.map(() => ''),
    };
    yield assembleBatch(schema(), columns, block.length);
  }
}

async function* readBooks(
  files: DataFiles,
  options: ReadOptions,
): AsyncGenerator<Batch<GutenbergColumns>, void, undefined> {
  let any = false;
  for await (const member of walk(files, options)) {
    if (!/\.txt$/i.test(member.path)) continue;
    any = true;
    yield readBook(await member.bytes(), member.path, options);
  }
  if (!any) throw missing('Gutenberg', 'a book such as 1342-0.txt');
}

function readBook(bytes: Uint8Array, file: string, { onEvent }: ReadOptions): Batch<GutenbergColumns> {
  const { text, marked } = stripBoilerplate(decodeBook(bytes, file));
  if (!marked) {
    const message = `${file}: no START or END marker was found; the whole file is given as the work.`;
    onEvent({ type: 'warning', code: 'repaired', message });
  }
  const head = decodeBook(bytes.subarray(0, 16_384), file);
  const field = (name: string) => new RegExp(`^${name}: *(.+?)\\s*$`, 'm').exec(head)?.[1] ?? '';
  const number = /(?:^|\/)(?:pg)?(\d+)(?:-\d+|-h)?(?:\.utf-?8)?\.txt$/i.exec(file)?.[1];
  const columns = {
    id: Int32Array.of(Number(number ?? 0)),
    title: [field('Title')],
    author: [field('Author')],
    language: [field('Language')],
    text: [text],
  };
  return assembleBatch(schema(), columns, 1);
}

/** Newer files are UTF-8, the `-8` and oldest ones latin-1. */
function decodeBook(bytes: Uint8Array, file: string): string {
  try {
    return decodeText(trimCut(bytes), 'utf-8', { file, byte: 0 }).replace(/^\ufeff/, '');
  } catch {
    return decodeText(bytes, 'latin1', { file, byte: 0 }); // never fails: every byte is a letter
  }
}

/** Leaves out a last character that is not whole. */
function trimCut(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= 3 && back < bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < length ? bytes.subarray(0, -back) : bytes;
    }
    if (byte < 0x80) return bytes;
  }
  return bytes;
}
