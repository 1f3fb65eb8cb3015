import type { NamedTensor } from '@warmstart/shapes';
import { type TensorGuides, tensorGuides } from './guides-report.js';

/**
 * Guides as an HTML table, a row for each tensor: how many weights, their mean and largest guide, what is frozen, a
 * histogram, and heat strips of its output and input channels. For a page of one's own; without scripts.
 *
 * @param reliabilities - split-half reliability by key, where it is known
 */
export function guidesTable(
  guides: ReadonlyMap<string, NamedTensor>,
  reliabilities?: ReadonlyMap<string, number | undefined>,
): string {
  const strips = [...guides].map(([key, guide]) => ({
    tensor: tensorGuides(key, guide),
    ...channelsOf(guide),
  }));
  const hottest = Math.max(...strips.flatMap(({ outputs, inputs }) => [...outputs, ...inputs]), 0);
  const rows = strips.map(({ tensor, outputs, inputs }) => {
    const strip = (values: number[], what: string) =>
      values.length > 1 ? heatStrip(values, hottest, `${tensor.key}, mean guide by ${what} channel`) : '';
    const agreement = reliabilities ? `<td>${short(reliabilities.get(tensor.key))}</td>` : '';
    return `<tr><th scope="row">${escaped(tensor.key)}</th><td>${tensor.size}</td><td>${short(tensor.mean)}</td>
<td>${short(tensor.max)}</td><td>${percent(tensor.frozenShare)}</td>${agreement}
<td>${histogram(tensor)}</td><td>${strip(outputs, 'output')}${strip(inputs, 'input')}</td></tr>`;
  });
  return `<table><thead><tr><th>tensor</th><th>weights</th><th>mean</th><th>largest</th><th>frozen</th>${reliabilities ? '<th>reliability</th>' : ''}
<th>histogram, 0 to 1 and above</th><th>channels: outputs above, inputs below; dark is ${short(hottest)}, white is 0</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table>`;
}

/** Mean guide of each output channel (first axis) and of each input channel (second). */
function channelsOf(guide: NamedTensor | undefined): { outputs: number[]; inputs: number[] } {
  if (!guide) return { outputs: [], inputs: [] };
  const [outputs = 1, inputs = 1, ...rest] = guide.shape;
  const inner = rest.reduce((product, size) => product * size, 1);
  const byOutput = new Array<number>(outputs).fill(0);
  const byInput = new Array<number>(inputs).fill(0);
  for (let i = 0; i < guide.data.length; i++) {
    const value = Number(guide.data[i]);
    const output = Math.floor(i / (inputs * inner));
    const input = Math.floor(i / inner) % inputs;
    byOutput[output] = (byOutput[output] ?? 0) + value / (inputs * inner);
    byInput[input] = (byInput[input] ?? 0) + value / (outputs * inner);
  }
  return { outputs: pooled(byOutput), inputs: guide.shape.length > 1 ? pooled(byInput) : [] };
}

const cellLimit = 96;

/** At most 96 means of neighbours. */
function pooled(values: number[]): number[] {
  if (values.length <= cellLimit) return values;
  return Array.from({ length: cellLimit }, (_, cell) => {
    const from = Math.floor((cell * values.length) / cellLimit);
    const part = values.slice(from, Math.floor(((cell + 1) * values.length) / cellLimit));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

function heatStrip(values: number[], hottest: number, label: string): string {
  const width = 288 / values.length;
  const cells = values.map((value, i) => {
    const light = 100 - 75 * (hottest > 0 ? value / hottest : 0);
    return `<rect x="${(i * width).toFixed(2)}" width="${(width + 0.1).toFixed(2)}" height="12" fill="hsl(205 80% ${light.toFixed(0)}%)"/>`;
  });
  return `<svg role="img" aria-label="${escaped(label)}" width="288" height="12" viewBox="0 0 288 12" preserveAspectRatio="none">${cells.join('')}</svg>`;
}

function histogram({ key, histogram: counts }: TensorGuides): string {
  const most = Math.max(...counts, 1);
  const bars = counts.map((count, i) => {
    // the root, so that a bin with a handful of weights is seen beside one with all others
    const height = 30 * Math.sqrt(count / most);
    return `<rect x="${i * 8}" y="${(30 - height).toFixed(1)}" width="7" height="${height.toFixed(1)}" fill="#0969da"/>`;
  });
  return `<svg role="img" aria-label="Histogram of the guides of ${escaped(key)}" width="160" height="30">${bars.join('')}</svg>`;
}

/** @internal */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** @internal */
export function short(value: number | undefined): string {
  return value === undefined ? '' : Number(value.toPrecision(3)).toString();
}

/** @internal */
export function escaped(text: string): string {
  const names: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (sign) => names[sign] ?? sign);
}
