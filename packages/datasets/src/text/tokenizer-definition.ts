/** A `tokenizer.json` of Hugging Face's format: normalizer, splitter, vocabulary, special tokens. */
export interface TokenizerDefinition {
  readonly version: '1.0';
  readonly added_tokens: readonly {
    readonly id: number;
    readonly content: string;
    readonly special: boolean;
  }[];
  readonly [part: string]: unknown;
}

type Vocabulary = Readonly<Record<string, number>>;

function special(names: readonly string[]) {
  const flags = { special: true, single_word: false, lstrip: false, rstrip: false, normalized: false };
  return names.map((content, id) => ({ id, content, ...flags }));
}

/** BERT's way: words split at blanks and punctuation, then the longest pieces that are known. */
export function wordPiece(vocab: Vocabulary, lowercase: boolean): TokenizerDefinition {
  const names = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  const [cls, sep] = [
    ['[CLS]', 2],
    ['[SEP]', 3],
  ] as const;
  const token = (id: string, type: number) => ({ SpecialToken: { id, type_id: type } });
  const text = (id: string, type: number) => ({ Sequence: { id, type_id: type } });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special(names),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [token('[CLS]', 0), text('A', 0), token('[SEP]', 0)],
      pair: [token('[CLS]', 0), text('A', 0), token('[SEP]', 0), text('B', 1), token('[SEP]', 1)],
      special_tokens: Object.fromEntries(
        [cls, sep].map(([id, number]) => [id, { id, ids: [number], tokens: [id] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

/** GPT-2's way: bytes as letters, joined pair by pair in the order learned; nothing is unknown. */
export function byteLevelBpe(
  vocab: Vocabulary,
  merges: readonly (readonly [string, string])[],
): TokenizerDefinition {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special(['<|endoftext|>']),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', unk_token: null, fuse_unk: false, byte_fallback: false, vocab, merges },
  };
}

/**
 * The 256 letters that stand for bytes: printable ones for themselves, the others from U+0100 on.
 *
 * @see Radford et al. 2019, GPT-2's encoder
 */
export function byteLetters(): string[] {
  let next = 256;
  const letters = Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(printable ? byte : next++);
  });
  return letters.sort();
}
