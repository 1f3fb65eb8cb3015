import { join } from 'node:path';
import { type GuidesReport, guidesPage, type ScoutEvent, saveGuides } from '@warmstart/guided-tl';
import { directoryStore } from '@warmstart/guided-tl/pool';
import { seededRandom } from '@warmstart/random';
import { openEncoder, type ScoutedRows, scoutRows } from '@warmstart/transfer';
import { startEngine } from '../engine.js';
import { printEngine } from '../runs/print-engine.js';
import type { Settings } from '../settings/project.js';
import { openRows } from '../sources/open-rows.js';
import { showProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';

/** What `warmstart scout --data --json` prints. */
export interface RowScoutsResult {
  scouts: number;
  diverged: number;
  /** Rank correlation of the guides of both halves of the scouts, within tensors, in [-1, 1]. */
  reliability: number;
  /** What that figure means. */
  meaning: string;
  /** (Σg)² / Σg² over the number of weights, in (0, 1]. */
  effectiveShare: number;
  guides: string;
  /** The encoder, moved by the mean displacement of the scouts: fine-tuning starts here. */
  base: string;
  page: string;
  controls: readonly string[];
}

type RowScouting = Omit<Settings<'scout'>, 'data' | 'from' | 'store'> & {
  data: string;
  from: string;
  store: string;
};

/** Scouts on one's own rows: no module, no labels needed. */
export async function scoutByRows(
  settings: RowScouting,
  { out, json, terminal }: { out: string; json: boolean; terminal: Terminal },
): Promise<void> {
  const { seed, scouts, by, splits, store, from } = settings;
  const encoder = await openEncoder(from);
  printEngine(await startEngine(settings.backend), terminal);
  const rows = await openRows(settings, terminal, { input: encoder.card.input });
  const progress = showProgress(terminal);
  const line = progress.line('scout');
  const onEvent = (event: ScoutEvent) => {
    if (event.type === 'scout-start') return;
    if (event.type === 'scout-failed') progress.note(`scout ${event.index} failed: ${event.message}`);
    line.update(event.done / event.count, `${event.done} of ${event.count} scouts`);
  };
  const found = await scoutRows(rows, {
    ...{ from: encoder, by, scouts, seed, splits, onEvent },
    store: directoryStore(store),
    signal: terminal.signal,
  }).finally(progress.stop);
  const result = await write(found, out, seed);
  terminal.out(json ? JSON.stringify(result) : textOf(result));
}

async function write(found: ScoutedRows, out: string, seed: number): Promise<RowScoutsResult> {
  const { encoder, report, reliability, meaning } = found;
  const output = directoryStore(out);
  const base = join(out, 'base.safetensors');
  await output.write('guides.safetensors', await found.toBytes());
  await encoder.save(base);
  const shuffled = found.shuffled(seededRandom(seed, 'shuffled-guides'));
  await output.write(
    'shuffled.safetensors',
    await saveGuides({ guides: shuffled, base: encoder.weights, report }),
  );
  const page = guidesPage(found, { title: `Guides: reliability ${reliability.toFixed(2)}. ${meaning}` });
  await output.write('guides.html', new TextEncoder().encode(page));
  return {
    scouts: report.scouts,
    diverged: report.rejected,
    reliability,
    meaning,
    effectiveShare: shareOf(report),
    guides: join(out, 'guides.safetensors'),
    base,
    page: join(out, 'guides.html'),
    controls: [join(out, 'shuffled.safetensors')],
  };
}

function shareOf({ effectiveParameters, weights }: GuidesReport): number {
  return effectiveParameters / weights;
}

function textOf(result: RowScoutsResult): string {
  const { scouts, diverged, reliability, meaning, effectiveShare } = result;
  return [
    `${scouts} scouts${diverged > 0 ? `; ${diverged} diverged and were left out` : ''}`,
    `reliability within tensors ${reliability.toFixed(2)}. ${meaning}`,
    `effective share of free weights ${effectiveShare.toFixed(3)}`,
    `guides   ${result.guides}`,
    `base     ${result.base} (start fine-tuning here)`,
    `page     ${result.page}`,
    `control  ${result.controls.join('  ')}`,
    `Next:    warmstart finetune --data my.csv --from ${result.base} --guides ${result.guides}`,
  ].join('\n');
}
