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

/** How many attention heads a network has, if Hugging Face's config.json lies beside the weights and says so. */
export function headsInConfig(weights: string): number | undefined {
  const file = join(dirname(weights), 'config.json');
  if (!existsSync(file)) return undefined;
  try {
    const heads: unknown = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)
      .num_attention_heads;
    return typeof heads === 'number' && Number.isSafeInteger(heads) && heads > 0 ? heads : undefined;
  } catch {
    return undefined; // of something else
  }
}
