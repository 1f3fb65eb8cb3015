import { meantNumber } from '../tables/cells.js';

/** How a column writes its numbers. */
export interface NumberStyle {
  readonly decimal: '.' | ',';
  /** The only mark between groups of digits, where it was stated. Default: what is not the decimal mark, and spaces. */
  readonly thousands?: string;
}

export const plainStyle: NumberStyle = { decimal: '.' };

const minus = /[\u2212\u2012\u2013\uFE63\uFF0D]/g;
const spaces = /[\u00A0\u202F\u2009\u2007 ]/;
const currency =
  /^(?:\p{Sc}|EUR|USD|CHF|GBP|JPY|Fr\.|kr\.?|Rs\.?)|(?:\p{Sc}|EUR|USD|CHF|GBP|JPY|Fr\.|kr\.?)$/iu;
const anyDigit = /[\u0660-\u0669\u06F0-\u06F9\u0966-\u096F\uFF10-\uFF19]/g;
const sign = /^[+-]/;

/** `37E6` is a well or a gene: programs write such a number with a point or a sign (`3.7E7`, `37E+6`). */
const wellName = /^\d+E\d+$/;

/** What is left of a number without its unit, sign and foreign digits. */
interface BareNumber {
  readonly digits: string;
  readonly isNegative: boolean;
  /** Percent: 0.01. */
  readonly unit: number;
}

function bareNumber(cell: string): BareNumber | undefined {
  if (cell.length > 60) return undefined;
  let text = cell.replace(minus, '-').replace(anyDigit, westernDigit);
  let unit = 1;
  let isNegative = false;
  if (text.endsWith('%')) {
    unit = 0.01;
    text = text.slice(0, -1).trim();
  }
  if (text.startsWith('(') && text.endsWith(')')) {
    isNegative = true;
    text = text.slice(1, -1).trim();
  }
  if (sign.test(text)) {
    if (isNegative) return undefined;
    isNegative = text.startsWith('-');
    text = text.slice(1).trim();
  }
  const withoutCurrency = text.replace(currency, '').trim();
  if (sign.test(withoutCurrency) && withoutCurrency !== text && !isNegative) {
    isNegative = withoutCurrency.startsWith('-');
    text = withoutCurrency.slice(1);
  } else text = withoutCurrency;
  return /^[\d.,]/.test(text) ? { digits: text, isNegative, unit } : undefined;
}

function westernDigit(digit: string): string {
  const code = digit.charCodeAt(0);
  const zero = code >= 0xff10 ? 0xff10 : code >= 0x0966 ? 0x0966 : code >= 0x06f0 ? 0x06f0 : 0x0660;
  return String(code - zero);
}

/**
 * A cell as a number in a column's style: `1.299,99`, `(1,234)`, `12 %`, `$9.50`, `−3`, `٤١`. Percents are shares of 1.
 * Undefined for words, for codes with leading zeros (`0012`), for integers past 2^53 and for what is not finite.
 */
export function styledNumber(cell: string, style: NumberStyle): number | undefined {
  if (wellName.test(cell)) return undefined;
  if (style.decimal === '.') {
    const plain = meantNumber(cell);
    if (plain !== undefined) return plain;
  }
  const bare = bareNumber(cell);
  if (bare === undefined) return undefined;
  const text = ungrouped(bare.digits, style);
  if (text === undefined) return undefined;
  const value = meantNumber(text);
  if (value === undefined) return undefined;
  // a quotient of whole numbers is exact where a product with 0.01 is not: 14 % is 0.14
  const size = bare.unit === 1 ? value : value / 100;
  return bare.isNegative ? -size : size;
}

/** Digits with a point, if any: groups of three taken together. */
function ungrouped(digits: string, { decimal, thousands }: NumberStyle): string | undefined {
  const at = digits.lastIndexOf(decimal);
  const [whole, rest] = at < 0 ? [digits, ''] : [digits.slice(0, at), digits.slice(at + 1)];
  if (at >= 0 && !/^\d*(?:e[+-]?\d+)?$/i.test(rest)) return undefined;
  const joined = /^\d*(?:e[+-]?\d+)?$/i.test(whole) ? whole : joinGroups(whole, decimal, thousands);
  if (joined === undefined) return undefined;
  return at < 0 ? joined : `${joined === '' ? '0' : joined}.${rest}`;
}

function joinGroups(whole: string, decimal: string, thousands: string | undefined): string | undefined {
  const mark = /[^\d]/.exec(whole)?.[0] ?? '';
  const isMark =
    thousands === undefined
      ? mark === (decimal === '.' ? ',' : '.') || spaces.test(mark) || /['’_]/.test(mark)
      : mark === thousands || (spaces.test(thousands) && spaces.test(mark));
  if (!isMark) return undefined;
  const groups = whole.split(mark);
  const [first = '', ...others] = groups;
  // India groups by two before the last three
  const isGrouped =
    /^\d{1,3}$/.test(first) &&
    others.every((group, index) =>
      index === others.length - 1 ? /^\d{3}$/.test(group) : /^\d{2,3}$/.test(group),
    );
  return isGrouped ? groups.join('') : undefined;
}

/** What the cells of one column say about its decimal mark. */
export interface DecimalEvidence {
  readonly comma: number;
  readonly point: number;
  /** `1,234`: a group of three, or a decimal comma. */
  readonly eitherComma: number;
  readonly eitherPoint: number;
}

export function decimalEvidence(cells: Iterable<string>): DecimalEvidence {
  const found = { comma: 0, point: 0, eitherComma: 0, eitherPoint: 0 };
  for (const cell of cells) {
    const kind = evidenceOf(cell);
    if (kind !== undefined) found[kind]++;
  }
  return found;
}

function evidenceOf(cell: string): keyof DecimalEvidence | undefined {
  const digits = bareNumber(cell)?.digits;
  if (digits === undefined || !/^[\d.,' ’_\u00A0\u202F\u2009\u2007]+(?:e[+-]?\d+)?$/i.test(digits))
    return undefined;
  const [comma, point] = [digits.lastIndexOf(','), digits.lastIndexOf('.')];
  if (comma < 0 && point < 0) return undefined;
  if (comma >= 0 && point >= 0) return comma > point ? 'comma' : 'point';
  const mark = comma >= 0 ? ',' : '.';
  const [name, other] = mark === ',' ? (['comma', 'point'] as const) : (['point', 'comma'] as const);
  if (digits.indexOf(mark) !== digits.lastIndexOf(mark)) return other; // several: groups
  if (!/^[1-9]\d{0,2}[.,]\d{3}$/.test(digits)) return name;
  return mark === ',' ? 'eitherComma' : 'eitherPoint';
}

/**
 * The style of a column.
 *
 * @param file - the decimal mark that the file's other columns use, where that is known
 */
export function styleOf(
  { comma, point, eitherComma, eitherPoint }: DecimalEvidence,
  file: '.' | ',' | undefined,
): NumberStyle {
  if (comma > 0 && point === 0) return { decimal: ',' };
  if (point > 0 || file === undefined) return plainStyle;
  return eitherComma + eitherPoint > 0 ? { decimal: file } : plainStyle;
}
