import type { GuideEvidence } from './guide-evidence.js';
import type { Guides } from './guides.js';
import type { GuidesReport } from './guides-report.js';
import { escaped, guidesTable, percent, short } from './guides-table.js';

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
  const reliabilities =
    evidence && new Map(evidence.reliability.tensors.map((one) => [one.key, one.correlation]));
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>${style}</style>
<h1>${escaped(title)}</h1>
${summary(report, evidence)}
${guidesTable(guides, reliabilities)}
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
