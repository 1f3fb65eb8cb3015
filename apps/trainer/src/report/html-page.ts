import { type Chart, chartWidths } from './drawing.js';

/** Text made safe to stand in HTML. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}

/** A figure, drawn for a screen and for a phone, with what it shows in words for those who cannot see it and those who can. */
export function figure(chart: Chart, caption: string): string {
  const drawn = (['wide', 'narrow'] as const).map((size) => {
    const svg = chart(chartWidths[size]);
    return svg.replace('<svg', `<svg role="img" aria-label="${escapeHtml(caption)}" data-size="${size}"`);
  });
  return `<figure>${drawn.join('')}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
}

/** A table of text cells; the first column names the row. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = header.map((cell) => `<th scope="col">${escapeHtml(cell)}</th>`).join('');
  const body = rows.map(([name = '', ...cells]) => {
    const rest = cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('');
    return `<tr><th scope="row">${escapeHtml(name)}</th>${rest}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

/**
 * One self-contained page: no script, no network, readable in light and dark and on a phone.
 *
 * @param sections - HTML, already escaped where it holds text from outside
 */
export function htmlPage(title: string, sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${stylesheet}</style>
</head>
<body>
<main>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

const stylesheet = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6577; --paper: #fff; --line: #d9dee7; --wash: #f4f6f9; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaf1; --soft: #9aa5b8; --paper: #14181f; --line: #2c3442; --wash: #1b212b; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
p { margin: .5rem 0; }
.found { font-size: 1.1rem; padding: .75rem 1rem; background: var(--wash); border-left: 4px solid #3b6fb6; }
figure { margin: 1rem 0; }
figure svg { max-width: 100%; height: auto; }
figure svg[data-size="narrow"] { display: none; }
@media (max-width: 44rem) {
  figure svg[data-size="wide"] { display: none; }
  figure svg[data-size="narrow"] { display: block; }
}
figcaption, .soft { color: var(--soft); font-size: .9rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); font-weight: normal; overflow-wrap: anywhere; }
thead th { color: var(--soft); }
table.confusion { width: auto; }
table.confusion caption { color: var(--soft); font-size: .85rem; text-align: left; padding-bottom: .35rem; }
table.confusion thead th span { writing-mode: vertical-rl; max-height: 9rem; }
table.confusion tbody td { text-align: right; min-width: 1.1rem; padding: .35rem; background: color-mix(in srgb, #3b6fb6 calc(var(--share) * 55%), transparent); }
.rebuilt { display: grid; grid-template-columns: repeat(3, minmax(0, 7rem)); gap: .5rem; }
.rebuilt img { width: 100%; image-rendering: pixelated; }
table svg { min-width: 0; display: block; margin: .1rem 0; }
.guides thead th { white-space: normal; vertical-align: bottom; }
.guides td:last-child svg { width: 100%; max-width: 12rem; height: 12px; }
@media (max-width: 44rem) { main { padding: 1rem .9rem 3rem; } table { font-size: .78rem; } th, td { padding-right: .4rem; } table.confusion tbody td { padding: .25rem .2rem; } }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
pre { background: var(--wash); padding: .75rem 1rem; overflow-x: auto; font-size: .85rem; }
`;
