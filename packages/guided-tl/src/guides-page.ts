import type { GuideEvidence } from './guide-evidence.js';
import type { Guides } from './guides.js';
import type { GuidesReport, TensorGuides } from './guides-report.js';
import type { NamedTensor } from './state-dict.js';

/**
 * A page that shows guides: how they were made, whether they repeat, and for each tensor a histogram and heat
 * strips of its output and input channels. One file without scripts or anything from the network.
 *
 * @param evidence - from `guideEvidence`; its numbers are shown beside the report's
 * @returns HTML
 */
export function guidesPage(
  { guides, report }: Pick<Guides, 'guides' | 'report'>,
  { title = 'Guides', evidence }: { title?: string; evidence?: GuideEvidence } = {},
): string {
  const strips = report.tensors.map((tensor) => ({ tensor, ...channelsOf(guides.get(tensor.key)) }));
  const hottest = Math.max(...strips.flatMap(({ outputs, inputs }) => [...outputs, ...inputs]), 0);
  const reliabilities = new Map(evidence?.reliability.tensors.map((one) => [one.key, one.correlation]));
  const rows = strips.map(({ tensor, outputs, inputs }) => {
    const strip = (values: number[], what: string) =>
      values.length > 1 ? heatStrip(values, hottest, `${tensor.key}, mean guide by ${what} channel`) : '';
    return `<tr><th scope="row">${escaped(tensor.key)}</th><td>${tensor.size}</td><td>${short(tensor.mean)}</td>
<td>${short(tensor.max)}</td><td>${percent(tensor.frozenShare)}</td><td>${short(reliabilities.get(tensor.key))}</td>
<td>${histogram(tensor)}</td><td>${strip(outputs, 'output')}${strip(inputs, 'input')}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>${style}</style>
<h1>${escaped(title)}</h1>
${summary(report, evidence)}
<table><thead><tr><th>tensor</th><th>weights</th><th>mean</th><th>largest</th><th>frozen</th><th>reliability</th>
<th>histogram, 0 to 1 and above</th><th>channels: outputs above, inputs below; dark is ${short(hottest)}, white is 0</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table>
</html>
`;
}

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1b1f24;background:#fff}
table{border-collapse:collapse}th,td{padding:.3rem .6rem;border-bottom:1px solid #d0d7de;text-align:left;vertical-align:middle}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:#57606a}dd{margin:0}svg{display:block;margin:.15rem 0}`;

function summary(report: GuidesReport, evidence: GuideEvidence | undefined): string {
  const { refined, formula, normalise, scale, temperature, scouts, rejected, weights } = report;
  const entries: [string, string][] = [
    [
      'made by',
      `${formula}, ${normalise}, ${scale}, ${temperature}${report.recentre ? ', base recentred' : ''}`,
    ],
    ['refined', refined ? `${refined.rounds} rounds of ${refined.rehearsals} rehearsals` : 'no'],
    ['scouts', `${scouts}${rejected > 0 ? `, and ${rejected} that diverged and were left out` : ''}`],
    ['weights', `${weights}, of which ${percent(report.frozenShare)} frozen`],
    [
      'effective free weights',
      `${short(report.effectiveParameters)} (${percent(report.effectiveParameters / weights)})`,
    ],
    ['mean guide', short(report.mean)],
  ];
  if (report.unmoved.length > 0) entries.push(['never moved', report.unmoved.join(', ')]);
  if (evidence) {
    const { reliability, bootstrap } = evidence;
    entries.push(['split-half reliability', `${short(reliability.withinTensor)} within tensors`]);
    if (bootstrap) {
      const { low, high } = bootstrap.agreement;
      entries.push([
        'bootstrap over scouts',
        `agreement ${short(low)} to ${short(high)} in ${bootstrap.draws} draws`,
      ]);
    }
  }
  return `<dl>${entries.map(([name, text]) => `<dt>${name}</dt><dd>${escaped(text)}</dd>`).join('')}</dl>`;
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
  return `<svg role="img" aria-label="${escaped(label)}" width="288" height="12">${cells.join('')}</svg>`;
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

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function short(value: number | undefined): string {
  return value === undefined ? '' : Number(value.toPrecision(3)).toString();
}

function escaped(text: string): string {
  const names: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (sign) => names[sign] ?? sign);
}
