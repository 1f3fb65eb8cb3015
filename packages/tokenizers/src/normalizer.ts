import { TokenizerError } from './errors.js';
import { JsonPart } from './json-part.js';
import { lowerCase } from './letter-case.js';
import { limits } from './limits.js';
import { normalForm, without } from './normal-forms.js';
import { endOfRun, isOf, startOfSpace, unicodeClass } from './unicode-classes.js';

/** @param most - length that the result may have, whatever the file would make of a text */
type Step = (text: string, most: number) => string;
/** What is done to a text before it is split. */
export type Normalizer = (text: string) => string;

const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const;
const kinds = [
  ...forms,
  ...['BertNormalizer', 'Lowercase', 'Strip', 'StripAccents', 'Replace', 'Prepend', 'Sequence'],
] as const;

/** The normalizer of a tokenizer.json. */
export function normalizerOf(part: JsonPart | undefined): Normalizer {
  if (!part) return (text) => text;
  const steps = stepsOf(part, { left: limits.steps });
  return (text) => {
    const most = 32 * text.length + 1024;
    return steps.reduce((result, step) => step(result, most), text);
  };
}

function stepsOf(part: JsonPart, budget: { left: number }): Step[] {
  if (budget.left-- <= 0) {
    throw new TokenizerError('over-limit', part.path, `at most ${limits.steps} steps are read.`);
  }
  const kind = part.choice('type', kinds);
  if (kind === 'Sequence') {
    return part.parts('normalizers', limits.steps).flatMap((inner) => stepsOf(inner, budget));
  }
  const form = forms.find((name) => name === kind);
  return [form ? (text) => normalForm(text, form) : stepOf(kind, part)];
}

function stepOf(kind: string, part: JsonPart): Step {
  if (kind === 'BertNormalizer') return bertNormalizer(part);
  if (kind === 'Lowercase') return lowerCase;
  if (kind === 'StripAccents') return (text) => without(text, unicodeClass.mark);
  if (kind === 'Strip') {
    const [left, right] = [part.flag('strip_left', true), part.flag('strip_right', true)];
    return (text) => {
      const start = left ? endOfRun(text, 0, unicodeClass.space) : 0;
      return text.slice(start, right ? Math.max(start, startOfSpace(text, text.length)) : text.length);
    };
  }
  if (kind === 'Prepend') {
    const first = part.insertion('prepend');
    return (text) => (text === '' ? text : first + text);
  }
  return replacement(part);
}

function replacement(part: JsonPart): Step {
  const content = part.insertion('content');
  const pattern = part.part('pattern') ?? new JsonPart(undefined, `${part.path}.pattern`);
  const cut = pattern.has('Regex') ? regexCut(pattern) : literalCut(pattern);
  return (text, most) => {
    const parts = cut(text);
    const length = parts.reduce((sum, { length }) => sum + length, content.length * (parts.length - 1));
    if (length > most) {
      throw new TokenizerError(
        'over-limit',
        part.path,
        `the normalizer would make ${length} characters of a text of ${Math.floor((most - 1024) / 32)}.`,
      );
    }
    return parts.join(content);
  };
}

function literalCut(pattern: JsonPart): (text: string) => string[] {
  const literal = pattern.insertion('String');
  if (literal === '')
    throw new TokenizerError('invalid-file', pattern.path, 'the pattern must not be empty.');
  return (text) => text.split(literal);
}

/** Patterns of files are never run: the published ones are known by their text. */
function regexCut(pattern: JsonPart): (text: string) => string[] {
  const known = ['\\s+', ' {2,}'];
  const regex = pattern.choice('Regex', known);
  return (text) => {
    const parts: string[] = [];
    let start = 0;
    for (let at = 0; at < text.length; ) {
      const end = regex === '\\s+' ? endOfRun(text, at, unicodeClass.space) : endOfBlanks(text, at);
      if (end - at >= (regex === '\\s+' ? 1 : 2)) {
        parts.push(text.slice(start, at));
        start = end;
      }
      at = Math.max(end, at + 1);
    }
    parts.push(text.slice(start));
    return parts;
  };
}

function endOfBlanks(text: string, at: number): number {
  let end = at;
  while (text[end] === ' ') end++;
  return end;
}

/** BERT's: control characters out, space made one kind, Chinese characters apart, accents off, small letters. */
function bertNormalizer(part: JsonPart): Step {
  const clean = part.flag('clean_text', true);
  const chinese = part.flag('handle_chinese_chars', true);
  const lower = part.flag('lowercase', true);
  const accentsOff = part.flag('strip_accents', lower);
  return (text) => {
    let result = text;
    if ((clean || chinese) && !/^[\x20-\x7e]*$/.test(text)) result = cleaned(text, clean, chinese);
    if (accentsOff) result = without(normalForm(result, 'NFD'), unicodeClass.accent);
    return lower ? lowerCase(result) : result;
  };
}

function cleaned(text: string, clean: boolean, chinese: boolean): string {
  let result = '';
  for (const letter of text) {
    const code = letter.codePointAt(0) as number; // a letter
    if (clean && isOf(code, unicodeClass.control)) continue;
    if (clean && isOf(code, unicodeClass.space)) result += ' ';
    else result += chinese && isChinese(code) ? ` ${letter} ` : letter;
  }
  return result;
}

/** The ranges of Hugging Face's library, its gap from U+2B820 on included. */
function isChinese(code: number): boolean {
  if (code < 0x3400) return false;
  return (
    code <= 0x4dbf ||
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x20000 && code <= 0x2a6df) ||
    (code >= 0x2a700 && code <= 0x2b81f) ||
    (code >= 0x2b920 && code <= 0x2ceaf) ||
    (code >= 0x2f800 && code <= 0x2fa1f)
  );
}
