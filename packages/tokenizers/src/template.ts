import { shown, TokenizerError } from './errors.js';
import { JsonPart, kindOf } from './json-part.js';
import { limits } from './limits.js';

/** A place in a row: special tokens, or a text of the pair. */
type Place = { readonly type: number } & ({ readonly ids: readonly number[] } | { readonly sequence: 0 | 1 });

/** A row of ids; token types beside it. */
export interface TypedRow {
  ids: number[];
  types: number[];
}

/** Where special tokens are put around texts. */
export interface Template {
  /** Whether rows of this template have types that differ: networks like GPT-2 know none. */
  readonly hasTypes: boolean;
  /** How many special tokens come to one text, and to two. */
  readonly extra: readonly [number, number];
  /** @param special - false leaves the special tokens out */
  row(first: readonly number[], second: readonly number[] | undefined, special: boolean): TypedRow;
}

/** @returns the id of a token that the file may name, in the vocabulary or added */
export type IdOf = (token: string) => number | undefined;

const kinds = ['TemplateProcessing', 'BertProcessing', 'RobertaProcessing', 'ByteLevel', 'Sequence'] as const;
/** Of texts without a processor, as Hugging Face's library numbers them. */
const bare: readonly Place[] = [
  { sequence: 0, type: 0 },
  { sequence: 1, type: 1 },
];

/** The post-processor of a tokenizer.json. */
export function templateOf(part: JsonPart | undefined, idOf: IdOf): Template {
  const steps = part ? stepsOf(part, { left: limits.steps }) : [];
  const templates = steps.filter((step) => step.choice('type', kinds) !== 'ByteLevel'); // which moves offsets only
  const [step, another] = templates;
  if (another) {
    throw new TokenizerError(
      'unsupported',
      another.path,
      'a second template after the first is not supported.',
    );
  }
  if (!step) return template(bare.slice(0, 1), bare);
  const kind = step.choice('type', kinds);
  if (kind === 'TemplateProcessing') return written(step, idOf);
  return aroundTexts(step, kind === 'RobertaProcessing', idOf);
}

function stepsOf(part: JsonPart, budget: { left: number }): JsonPart[] {
  if (budget.left-- <= 0) {
    throw new TokenizerError('over-limit', part.path, `at most ${limits.steps} steps are read.`);
  }
  if (part.choice('type', kinds) !== 'Sequence') return [part];
  return part.parts('processors', limits.steps).flatMap((inner) => stepsOf(inner, budget));
}

/** [CLS] A [SEP] B [SEP], or RoBERTa's <s> A </s></s> B </s>, whose types are all 0. */
function aroundTexts(part: JsonPart, isRoberta: boolean, idOf: IdOf): Template {
  const [cls, sep] = ['cls', 'sep'].map((name) => {
    const [token, id] = part.list(name, 2);
    return { ids: [tokenId(token, id, `${part.path}.${name}`, idOf)], type: 0 };
  }) as [Place & { ids: number[] }, Place & { ids: number[] }];
  const first: Place = { sequence: 0, type: 0 };
  const type = isRoberta ? 0 : 1;
  const second: Place[] = [
    { sequence: 1, type },
    { ...sep, type },
  ];
  const single = [cls, first, sep];
  return template(single, [...single, ...(isRoberta ? [sep] : []), ...second]);
}

function tokenId(token: unknown, id: unknown, path: string, idOf: IdOf): number {
  const known = typeof token === 'string' ? idOf(token) : undefined;
  if (known !== undefined && known === id) return known;
  throw new TokenizerError(
    'invalid-file',
    path,
    `there must be a token of the vocabulary and its id here, got ${kindOf(token)} and ${kindOf(id)}` +
      `${known === undefined ? '' : `, whose id is ${known}`}.`,
  );
}

function written(part: JsonPart, idOf: IdOf): Template {
  const tokens = part.part('special_tokens');
  const single = places(part, 'single', tokens, idOf);
  const pair = places(part, 'pair', tokens, idOf);
  for (const [name, found, wanted] of [
    ['single', single, [0]],
    ['pair', pair, [0, 1]],
  ] as const) {
    const sequences = found.flatMap((place) => ('sequence' in place ? [place.sequence] : []));
    if (wanted.every((sequence) => sequences.includes(sequence)) && sequences.length === wanted.length)
      continue;
    const message = `the template must name each of its ${wanted.length} texts once, got ${sequences.length}.`;
    throw new TokenizerError('invalid-file', `${part.path}.${name}`, message);
  }
  return template(single, pair);
}

function places(part: JsonPart, name: string, tokens: JsonPart | undefined, idOf: IdOf): Place[] {
  return part.parts(name, limits.places).map((place): Place => {
    const text = place.part('Sequence');
    if (text) {
      const sequence = text.choice('id', ['A', 'B']) === 'A' ? 0 : 1;
      return { sequence, type: text.count('type_id', 255, sequence) };
    }
    const special = place.part('SpecialToken') ?? new JsonPart(undefined, `${place.path}.SpecialToken`);
    return { ids: specialIds(special, tokens, idOf), type: special.count('type_id', 255, 0) };
  });
}

function specialIds(special: JsonPart, tokens: JsonPart | undefined, idOf: IdOf): number[] {
  const name = special.text('id');
  const token = tokens?.part(name);
  if (!token) {
    const message = `${shown(name)} must be among the special_tokens of the template.`;
    throw new TokenizerError('invalid-file', special.path, message);
  }
  const names = token.list('tokens', limits.places);
  return token
    .list('ids', limits.places)
    .map((id, i) => tokenId(names[i], id, `${token.path}.ids[${i}]`, idOf));
}

function template(single: readonly Place[], pair: readonly Place[]): Template {
  const hasTypes = [...single, ...pair].some(({ type }) => type !== 0) && pair !== bare;
  const extraOf = (places: readonly Place[]) =>
    places.reduce((sum, place) => sum + ('ids' in place ? place.ids.length : 0), 0);
  return {
    hasTypes,
    extra: [extraOf(single), extraOf(pair)],
    row(first, second, special) {
      const row: TypedRow = { ids: [], types: [] };
      for (const place of second ? pair : single) {
        const ids =
          'ids' in place ? (special ? place.ids : []) : place.sequence === 0 ? first : (second ?? []);
        for (const id of ids) {
          row.ids.push(id);
          row.types.push(place.type);
        }
      }
      return row;
    },
  };
}
