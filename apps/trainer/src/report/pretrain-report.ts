import type { Examples } from '../data/examples.js';
import type { Pretrained } from '../method/pretrain.js';
import type { PretrainResult } from '../method/run-pretraining.js';
import type { Run } from '../runs/run.js';
import { escapeHtml, htmlPage, table } from './html-page.js';
import { curvesSection, howSection } from './run-sections.js';

/** Writes the report of a pre-training run. */
export async function writePretrainReport(
  run: Run,
  { result, pretrained, data }: { result: PretrainResult; pretrained: Pretrained; data: Examples },
): Promise<void> {
  const { dataset, kind, origin, rows, columns, lossBefore, lossAfter, baselineLoss, skill } = result;
  const learned =
    skill > 0.02
      ? `It removes ${(100 * skill).toFixed(0)} % of the loss of knowing only what is usual: the columns tell of each other, and the encoder has learned how.`
      : 'That is hardly better than knowing only what is usual: hiding and rebuilding has found little here to learn.';
  run.folder.write(
    'report.html',
    htmlPage(`Pre-training on ${dataset}`, [
      `<h1>Pre-training on ${escapeHtml(dataset)}</h1>`,
      `<p class="soft">${escapeHtml(`${rows} rows of ${kind}${data.source.licence ? ` (${origin})` : ''} without labels, ${columns} numbers each`)}</p>`,
      `<p class="found">Loss on hidden values ${lossBefore.toFixed(3)} → ${lossAfter.toFixed(3)}; what is usual costs ${baselineLoss.toFixed(3)}. ${learned}</p>`,
      curvesSection(run, { name: 'knowing only what is usual', y: baselineLoss }),
      await rebuiltSection(pretrained, data),
      howSection(run),
    ]),
  );
}

async function rebuiltSection({ examples }: Pretrained, data: Examples): Promise<string> {
  if (!examples) return '';
  const { preparation } = data;
  const body =
    preparation.kind === 'images' ? await rebuiltImages(examples, preparation) : rebuiltRows(examples, data);
  return `<h2>Hidden and rebuilt</h2>${body}`;
}

type Shown = NonNullable<Pretrained['examples']>;

async function rebuiltImages(
  { rows, hidden, rebuilt }: Shown,
  { size, mean, deviation }: { size: number; mean: number[]; deviation: number[] },
): Promise<string> {
  const width = size * size * 3;
  const { default: sharp } = await import('sharp');
  const picture = async (valueAt: (index: number) => number | undefined, caption: string) => {
    const pixels = Uint8Array.from({ length: width }, (_, index) => {
      const value = valueAt(index);
      if (value === undefined) return 128;
      const channel = index % 3;
      return Math.max(
        0,
        Math.min(255, 255 * (value * (deviation[channel] as number) + (mean[channel] as number))),
      );
    });
    const png = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
      .png()
      .toBuffer();
    return `<figure><img alt="${caption}" src="data:image/png;base64,${png.toString('base64')}"><figcaption>${caption}</figcaption></figure>`;
  };
  const pictures: string[] = [];
  for (let row = 0; row < rows.rowCount; row++) {
    const at = (index: number) => row * width + index;
    pictures.push(
      await picture((index) => (hidden[at(index)] ? undefined : rows.features[at(index)]), 'seen'),
      await picture(
        (index) => (hidden[at(index)] ? rebuilt[at(index)] : rows.features[at(index)]),
        'rebuilt',
      ),
      await picture((index) => rows.features[at(index)], 'true'),
    );
  }
  return `<div class="rebuilt" style="grid-template-columns: repeat(3, 7rem)">${pictures.join('')}</div>`;
}

const shownColumns = 15;

/** The hidden columns of one validation row, in the scale of the network: 0 is the mean, 1 a deviation from it. */
function rebuiltRows({ rows, hidden, rebuilt }: Shown, { layout }: Examples): string {
  const cells: string[][] = [];
  for (const { kind, start, size } of layout.blocks) {
    if (kind !== 'numeric') {
      if (hidden[start])
        cells.push([
          columnName(layout.names, start),
          pick(rows.features, start, size, layout.names),
          pick(rebuilt, start, size, layout.names),
        ]);
      continue;
    }
    for (let column = start; column < start + size; column++) {
      if (!hidden[column]) continue;
      cells.push([
        layout.names[column] as string,
        ...[rows.features, rebuilt].map((values) => (values[column] as number).toFixed(2)),
      ]);
    }
  }
  const shown = cells.slice(0, shownColumns);
  const more =
    cells.length > shown.length
      ? `<p class="soft">and ${cells.length - shown.length} more hidden columns</p>`
      : '';
  return `<p class="soft">One validation row; numbers in deviations from their mean.</p>${table(['hidden column', 'true', 'rebuilt'], shown)}${more}`;
}

function columnName(names: readonly string[], start: number): string {
  return (names[start] as string).split('=')[0] as string;
}

/** The category with the largest value. */
function pick(values: Float32Array, start: number, size: number, names: readonly string[]): string {
  let best = start;
  for (let column = start; column < start + size; column++) {
    if ((values[column] as number) > (values[best] as number)) best = column;
  }
  return (names[best] as string).split('=').at(-1) as string;
}
