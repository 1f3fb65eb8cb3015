import { type ImagesInput, type InputSchema, layoutOf, type PretrainedEncoder } from '@warmstart/transfer';
import type { Run } from '../runs/run.js';
import { escapeHtml, htmlPage, table } from './html-page.js';
import { howSection, lossSection } from './run-sections.js';

/** What a report of a pre-training is told beside the encoder. */
interface PretrainFacts {
  dataset: string;
  kind: string;
  origin: string;
  rows: number;
  columns: number;
}

/** Writes the report of a pre-training run. */
export async function writePretrainReport(
  run: Run,
  facts: PretrainFacts,
  encoder: PretrainedEncoder,
): Promise<void> {
  const { dataset, kind, origin, rows } = facts;
  const { lossBefore, lossAfter, baselineLoss } = encoder.scores;
  run.folder.write(
    'report.html',
    htmlPage(`Pre-training on ${dataset}`, [
      `<h1>Pre-training on ${escapeHtml(dataset)}</h1>`,
      `<p class="soft">${escapeHtml(`${rows} ${kind === 'table' ? 'rows' : `rows of ${kind}`} (${origin}) without labels, ${facts.columns} ${wordsOf(encoder.card.input).features} each`)}</p>`,
      `<p class="found">Loss on hidden values of validation rows ${lossBefore.toFixed(3)} → ${lossAfter.toFixed(3)}; baseline ${baselineLoss.toFixed(3)}. ${learnedText(encoder)}</p>`,
      lossSection(run, { name: 'baseline', y: baselineLoss }),
      await rebuiltSection(encoder),
      howSection(run),
    ]),
  );
}

/** What the parts of a row are called, and what the baseline predicts of them. */
function wordsOf({ kind }: InputSchema): { features: string; baseline: string; learned: string } {
  switch (kind) {
    case 'table':
      return {
        features: 'numbers',
        baseline: 'predicts the mean or the shares of each column',
        learned: 'columns predict one another',
      };
    case 'counts':
      return {
        features: 'genes',
        baseline: 'predicts the mean of each gene',
        learned: 'genes predict one another',
      };
    case 'images':
      return {
        features: 'pixel values',
        baseline: 'predicts the mean colour',
        learned: 'hidden patches follow from what is seen around them',
      };
    case 'texts':
      return {
        features: 'tokens',
        baseline: 'predicts how often each token comes',
        learned: 'hidden words follow from the words around them',
      };
  }
}

function learnedText({ card, scores: { skill } }: PretrainedEncoder): string {
  const { baseline, learned } = wordsOf(card.input);
  const percent = Math.abs(100 * skill).toFixed(0);
  if (skill > 0.1) return `${percent} % below the baseline, which ${baseline}: ${learned}.`;
  if (skill > 0.02) {
    return `${percent} % below the baseline, which ${baseline}: there is something to learn here, but little of it was learned.`;
  }
  return `That is not better than the baseline, which ${baseline}: hiding and rebuilding has found nothing to learn here. Try more steps or more rows.`;
}

async function rebuiltSection(encoder: PretrainedEncoder): Promise<string> {
  const { rebuilt, card } = encoder;
  if (!rebuilt) return '';
  const body = card.input.kind === 'images' ? await images(rebuilt, card.input) : oneRow(rebuilt, card.input);
  return `<h2>Hidden and rebuilt</h2>${body}`;
}

type Rebuilt = NonNullable<PretrainedEncoder['rebuilt']>;

async function images({ rows, hidden, rebuilt }: Rebuilt, input: ImagesInput): Promise<string> {
  const width = input.size * input.size * 3;
  const pictures: string[] = [];
  for (let row = 0; row < rows.rowCount; row++) {
    const at = (index: number) => row * width + index;
    const truth = (index: number) => rows.features[at(index)];
    pictures.push(
      await picture(input, 'seen', (index) => (hidden[at(index)] ? undefined : truth(index))),
      await picture(input, 'rebuilt', (index) => (hidden[at(index)] ? rebuilt[at(index)] : truth(index))),
      await picture(input, 'true', truth),
    );
  }
  return `<div class="rebuilt">${pictures.join('')}</div>`;
}

/** One picture as PNG; what is undefined is grey. */
async function picture(
  { size, mean, deviation }: ImagesInput,
  caption: string,
  valueAt: (index: number) => number | undefined,
): Promise<string> {
  const { default: sharp } = await import('sharp');
  const pixels = Uint8Array.from({ length: size * size * 3 }, (_, index) => {
    const value = valueAt(index);
    if (value === undefined) return 128;
    const channel = index % 3;
    const shade = 255 * (value * (deviation[channel] as number) + (mean[channel] as number));
    return Math.max(0, Math.min(255, shade));
  });
  const png = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
    .png()
    .toBuffer();
  return `<figure><img alt="${caption}" src="data:image/png;base64,${png.toString('base64')}"><figcaption>${caption}</figcaption></figure>`;
}

const mostColumns = 15;

/** What was hidden of one validation row, in the scale of the network: 0 is the mean, 1 a deviation from it. */
function oneRow({ rows, hidden, rebuilt }: Rebuilt, input: InputSchema): string {
  const { blocks, names } = layoutOf(input);
  const cells: string[][] = [];
  for (const { kind, start, size } of blocks) {
    if (kind === 'category') {
      const nameOf = (values: Float32Array) =>
        (names[largestIn(values, start, size)] ?? '').split('=').at(-1);
      if (hidden[start]) {
        const [column = ''] = (names[start] ?? '').split('=');
        cells.push([column, nameOf(rows.features) ?? '', nameOf(rebuilt) ?? '']);
      }
      continue;
    }
    for (let column = start; column < start + size; column++) {
      const shown = [rows.features, rebuilt].map((values) => (values[column] ?? Number.NaN).toFixed(2));
      if (hidden[column]) cells.push([names[column] ?? '', ...shown]);
    }
  }
  const shown = cells.slice(0, mostColumns);
  const { features } = wordsOf(input);
  const left = cells.length - shown.length;
  const more = left > 0 ? `<p class="soft">and ${left} more hidden ${features}</p>` : '';
  const what = input.kind === 'counts' ? 'hidden gene' : 'hidden column';
  return `<p class="soft">One validation row; numbers in deviations from their mean.</p>${table([what, 'true', 'rebuilt'], shown)}${more}`;
}

/** The place of the largest value of a block. */
function largestIn(values: Float32Array, start: number, size: number): number {
  let best = start;
  for (let at = start; at < start + size; at++) {
    if ((values[at] as number) > (values[best] as number)) best = at;
  }
  return best;
}
