import * as z from 'zod/mini';
import { TransferError } from '../errors.js';
import { cardVersion, type ModelCard } from './model-card.js';

const text = z.string();
const finite = z.number();
const positive = z.number().check(z.gt(0));
const whole = z.int().check(z.gte(0));
const size = z.int().check(z.gt(0));
const list = <Item extends z.core.$ZodType>(item: Item) => z.array(item);
const flag = z.optional(z.boolean());

const number = z.object({
  type: z.literal('number'),
  name: text,
  mean: finite,
  deviation: positive,
  indicator: flag,
});
const category = z.object({
  type: z.literal('category'),
  name: text,
  words: list(text).check(z.minLength(1)),
});
const date = z.object({
  type: z.literal('date'),
  name: text,
  mean: finite,
  deviation: positive,
  indicator: flag,
  order: z.enum(['day-first', 'month-first']),
  cycles: list(z.enum(['year', 'week', 'day'])),
});
const freeText = z.object({ type: z.literal('text'), name: text, words: list(text), weights: list(finite) });
const oneHot = z.object({ type: z.literal('one-hot'), names: list(text), groupSize: size });

const table = z.object({
  kind: z.literal('table'),
  columns: list(z.discriminatedUnion('type', [number, category, date, freeText, oneHot])).check(
    z.minLength(1),
  ),
  missingWords: z.optional(list(text)),
  missingValues: z.optional(list(text)),
});
const counts = z.object({
  kind: z.literal('counts'),
  genes: list(z.object({ id: text, symbol: z.optional(text) })).check(z.minLength(1)),
  mean: list(finite),
  deviation: list(positive),
  scale: positive,
  logged: z.boolean(),
});
const images = z.object({
  kind: z.literal('images'),
  size,
  shorterSide: size,
  interpolation: z.enum(['bilinear', 'bicubic']),
  mean: list(finite).check(z.length(3)),
  deviation: list(positive).check(z.length(3)),
});
const texts = z.object({
  kind: z.literal('texts'),
  tokenizer: z.looseObject({ model: z.looseObject({}) }),
  length: size,
  vocabularySize: size,
});
const input = z.discriminatedUnion('kind', [table, counts, images, texts]);

const output = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('classes'),
    column: text,
    classNames: list(text).check(z.minLength(2)),
    temperature: positive,
  }),
  z.object({ kind: z.literal('number'), column: text, mean: finite, deviation: positive }),
]);

const architecture = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('identity'), inFeatures: size }),
  z.object({ kind: z.literal('mlp'), inFeatures: size, hidden: list(size).check(z.minLength(1)) }),
  z.object({ kind: z.literal('bert'), config: z.looseObject({ features: size, paddingId: whole }) }),
]);

const origin = z.object({
  data: z.object({
    name: text,
    origin: text,
    licence: z.optional(text),
    digest: text,
    rowCount: whole,
  }),
  learned: z.object({ count: whole, ids: text }),
  seed: whole,
  versions: z.record(text, text),
});

const version = z.literal(cardVersion);
const scores = z.record(text, finite);

const card = z.discriminatedUnion('kind', [
  z.object({
    version,
    kind: z.literal('encoder'),
    architecture,
    input,
    origin,
    scores: z.object({ lossBefore: finite, lossAfter: finite, baselineLoss: finite, skill: finite }),
  }),
  z.object({
    version,
    kind: z.enum(['classifier', 'regressor']),
    architecture,
    input,
    output,
    origin,
    chosen: z.record(text, z.unknown()),
    labels: whole,
    scores,
    baseline: scores,
  }),
]);

/**
 * Checks what a file says of its model.
 *
 * @param name - of the file, for messages
 * @throws TransferError `model-file` that names the entry
 */
export function parseCard(given: unknown, name: string): ModelCard {
  const parsed = card.safeParse(given);
  if (parsed.success) return parsed.data as ModelCard; // the interfaces say the same as the schema, read-only
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new TransferError(
    'model-file',
    `${name}: the model card in the file does not fit: ${where ? `${where}: ` : ''}${issue?.message ?? 'it is not an object'}. Was it edited?`,
    { file: name },
  );
}

/** The card's JSON schema (draft 2020-12), as it is published. */
export function cardJsonSchema(): object {
  return z.toJSONSchema(card, { io: 'input' });
}
