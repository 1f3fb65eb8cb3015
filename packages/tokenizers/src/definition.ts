/** A `tokenizer.json` of Hugging Face's format: normalizer, splitter, model with its vocabulary, special tokens. */
export interface TokenizerDefinition {
  readonly version: '1.0';
  readonly added_tokens: readonly AddedTokenDefinition[];
  readonly [part: string]: unknown;
}

/** A token that texts may name whole. */
export interface AddedTokenDefinition {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
}

type Ids = Readonly<Record<string, number>>;

/** Special tokens of BERT's shape, by what they are for. */
export interface BertTokens {
  readonly pad: string;
  readonly unknown: string;
  readonly begin: string;
  readonly end: string;
  readonly mask: string;
}

export const bertTokens: BertTokens = {
  pad: '[PAD]',
  unknown: '[UNK]',
  begin: '[CLS]',
  end: '[SEP]',
  mask: '[MASK]',
};

export function specialToken(content: string, id: number, lstrip = false): AddedTokenDefinition {
  return { id, content, special: true, single_word: false, lstrip, rstrip: false, normalized: false };
}

/** BERT's way: words split at blanks and punctuation, then the longest pieces that are known. */
export function wordPieceDefinition(
  vocab: Ids,
  options: {
    lowerCase: boolean;
    tokens?: BertTokens;
    stripAccents?: boolean | null;
    splitChinese?: boolean;
    added?: readonly AddedTokenDefinition[];
  },
): TokenizerDefinition {
  const { lowerCase, tokens = bertTokens, stripAccents = null, splitChinese = true, added } = options;
  const named = Object.values(tokens).filter((token) => Object.hasOwn(vocab, token));
  const place = (id: string, type: number) => ({ SpecialToken: { id, type_id: type } });
  const text = (id: string, type: number) => ({ Sequence: { id, type_id: type } });
  const [begin, end] = [place(tokens.begin, 0), place(tokens.end, 0)];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added ?? named.map((token) => specialToken(token, vocab[token] as number)),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: splitChinese,
      strip_accents: stripAccents,
      lowercase: lowerCase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [begin, text('A', 0), end],
      pair: [begin, text('A', 0), end, text('B', 1), place(tokens.end, 1)],
      special_tokens: Object.fromEntries(
        [tokens.begin, tokens.end].map((id) => [id, { id, ids: [vocab[id]], tokens: [id] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: tokens.unknown,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

/** GPT-2's way: bytes as letters, joined pair by pair in the order learned; nothing is unknown. */
export function bytePairDefinition(
  vocab: Ids,
  merges: readonly (readonly [string, string])[],
  options: { added: readonly AddedTokenDefinition[]; blankFirst?: boolean; roberta?: boolean },
): TokenizerDefinition {
  const byteLevel = { add_prefix_space: options.blankFirst ?? false, trim_offsets: true };
  const around = (token: string) => [token, vocab[token]];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: options.added,
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', ...byteLevel, use_regex: true },
    post_processor: options.roberta
      ? { type: 'RobertaProcessing', sep: around('</s>'), cls: around('<s>'), ...byteLevel }
      : { type: 'ByteLevel', ...byteLevel, use_regex: true },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges,
    },
  };
}
