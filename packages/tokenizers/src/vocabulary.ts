import { shown, TokenizerError } from './errors.js';
import { type JsonPart, kindOf } from './json-part.js';
import { limits } from './limits.js';

/** Ids by piece: what a tokenizer knows. */
export type Vocabulary = ReadonlyMap<string, number>;

/**
 * The `vocab` of a model in a tokenizer.json, or the whole of a vocab.json.
 *
 * @throws TokenizerError unless it is an object of whole numbers, no two of them alike
 */
export function vocabularyOf(value: unknown, path: string): Vocabulary {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TokenizerError('invalid-file', path, `there must be ids by piece here, got ${kindOf(value)}.`);
  }
  const vocabulary = new Map<string, number>();
  const pieces: (string | undefined)[] = []; // by id
  for (const [piece, id] of Object.entries(value as Record<string, unknown>)) {
    // an object
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= limits.ids) {
      throw new TokenizerError(
        'invalid-file',
        path,
        `ids must be whole numbers from 0 to ${limits.ids - 1}, got ${kindOf(id)} for ${shown(piece)}.`,
      );
    }
    const other = pieces[id];
    if (other !== undefined) {
      throw new TokenizerError(
        'invalid-file',
        path,
        `${shown(other)} and ${shown(piece)} share the id ${id}.`,
      );
    }
    pieces[id] = piece;
    vocabulary.set(piece, id);
  }
  requireCount(vocabulary.size, path);
  return vocabulary;
}

/** The lines of a vocab.txt: a piece by id, the later one where a piece comes twice. */
export function vocabularyOfLines(lines: readonly string[], path: string): Vocabulary {
  requireCount(lines.length, path);
  return new Map(lines.map((piece, id) => [piece, id]));
}

function requireCount(count: number, path: string): void {
  if (count > 0 && count <= limits.pieces) return;
  const code = count === 0 ? 'invalid-file' : 'over-limit';
  throw new TokenizerError(code, path, `a vocabulary must have 1 to ${limits.pieces} pieces, got ${count}.`);
}

/** The id of a piece that a part of the file names. */
export function idOf(vocabulary: Vocabulary, part: JsonPart, name: string, otherwise?: string): number {
  const piece = part.text(name, otherwise);
  const id = vocabulary.get(piece);
  if (id !== undefined) return id;
  throw new TokenizerError(
    'invalid-file',
    `${part.path}.${name}`,
    `${shown(piece)} must be in the vocabulary, which has ${vocabulary.size} pieces without it. Is it another model's?`,
  );
}

/** The lines of a text file, whatever ends them. */
export function linesOf(text: string): string[] {
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}
