import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Lines of a vocabulary: `vocab.txt`, given or beside the weights.
 *
 * @throws Error with code ENOENT, saying what is missing, if there is none
 */
export function readVocabulary(given: string | undefined, weights: string): string[] {
  const file = given ?? join(dirname(weights), 'vocab.txt');
  if (!existsSync(file)) {
    const message = `${file}: a text network needs its vocabulary, got no such file. Give vocab.txt with --vocabulary.`;
    throw Object.assign(new Error(message), { code: 'no-vocabulary', file });
  }
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
