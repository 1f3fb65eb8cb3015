import { bytesOfLetters } from './byte-letters.js';
import type { JsonPart } from './json-part.js';

/** Text of tokens. */
export type Decoder = (tokens: readonly string[]) => string;

/** The decoder of a tokenizer.json. */
export function decoderOf(part: JsonPart | undefined): Decoder {
  if (!part) return (tokens) => tokens.join(' ');
  const kind = part.choice('type', ['WordPiece', 'ByteLevel', 'BPEDecoder']);
  if (kind === 'ByteLevel') return textOfBytes;
  if (kind === 'BPEDecoder') {
    const suffix = part.insertion('suffix');
    return (tokens) =>
      tokens.map((token, i) => token.replaceAll(suffix, i === tokens.length - 1 ? '' : ' ')).join('');
  }
  const prefix = part.insertion('prefix');
  const cleanup = part.flag('cleanup', true);
  return (tokens) =>
    tokens
      .map((token, i) => {
        let text = token;
        if (i > 0) text = token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
        return cleanup ? tidied(text) : text;
      })
      .join('');
}

function textOfBytes(tokens: readonly string[]): string {
  const bytes = tokens.map(bytesOfLetters);
  const all = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of bytes) {
    all.set(part, at);
    at += part.length;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(all);
}

/** English as it is written: no blank before a mark or a short form. */
function tidied(token: string): string {
  return token
    .replaceAll(' .', '.')
    .replaceAll(' ?', '?')
    .replaceAll(' !', '!')
    .replaceAll(' ,', ',')
    .replaceAll(" ' ", "'")
    .replaceAll(" n't", "n't")
    .replaceAll(" 'm", "'m")
    .replaceAll(' do not', " don't")
    .replaceAll(" 's", "'s")
    .replaceAll(" 've", "'ve")
    .replaceAll(" 're", "'re");
}
