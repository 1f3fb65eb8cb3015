import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type BertConfig, bertConfigFromHuggingFace } from '@warmstart/models';
import { readTokenizer, type Tokenizer, TokenizerError } from '@warmstart/tokenizers';
import { ModelFileError } from './model-file-error.js';

/**
 * The tokenizer of a text network: of the file that was given, else of `tokenizer.json` or `vocab.txt` beside the weights;
 * with the `tokenizer_config.json` that lies beside it.
 *
 * @param rowCount - rows of the network's word embeddings
 * @throws Error with code `no-vocabulary` if there is no such file
 * @throws ModelFileError if the file is not a tokenizer, or one of another network
 */
export function readNetworkTokenizer(
  given: string | undefined,
  weights: string,
  rowCount: number,
): Tokenizer {
  const folder = dirname(given ?? weights);
  const beside = ['tokenizer.json', 'vocab.txt'].map((name) => join(folder, name));
  const file = given ?? beside.find(existsSync) ?? join(folder, 'vocab.txt');
  if (!existsSync(file)) {
    const message = `${file}: a text network needs its tokenizer, got no such file. Give its tokenizer.json or vocab.txt with --vocabulary.`;
    throw Object.assign(new Error(message), { code: 'no-vocabulary', file });
  }
  const name = basename(file).endsWith('.json') ? 'tokenizer.json' : 'vocab.txt';
  const tokenizer = readFiles(folder, file, name);
  // published embeddings have up to 127 rows more than pieces, so that their number divides evenly
  if (tokenizer.size <= rowCount && tokenizer.size > rowCount - 128) return tokenizer;
  throw new ModelFileError(
    `${file}: the vocabulary must have the ${rowCount} pieces of ${weights}, got ${tokenizer.size}. Is it another network's?`,
    file,
  );
}

function readFiles(folder: string, file: string, name: 'tokenizer.json' | 'vocab.txt'): Tokenizer {
  const config = join(folder, 'tokenizer_config.json');
  try {
    return readTokenizer({
      [name]: readFileSync(file, 'utf8'),
      'tokenizer_config.json': existsSync(config) ? readFileSync(config, 'utf8') : undefined,
    });
  } catch (error) {
    if (!(error instanceof TokenizerError)) throw error;
    const message = error.message.startsWith(name)
      ? `${file}${error.message.slice(name.length)}`
      : error.message;
    throw Object.assign(new ModelFileError(message, file), { cause: error });
  }
}

/**
 * The settings of a text network that its tensors do not show, of the `config.json` beside its weights; undefined where
 * there is none.
 *
 * @throws ModelFileError if it is not Hugging Face's, or of a network that is not BERT's kind
 */
export function networkConfig(weights: string): BertConfig | undefined {
  const file = join(dirname(weights), 'config.json');
  if (!existsSync(file)) return undefined;
  try {
    return bertConfigFromHuggingFace(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw Object.assign(new ModelFileError(`${file}: ${reason}`, file), { cause: error });
  }
}
