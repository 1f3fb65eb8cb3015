import { join } from 'node:path';
import { save } from '@warmstart/core-checkpoint';
import { guides, reliability, type Scouted, saveGuides } from '@warmstart/guided-tl';
import { directoryStore } from '@warmstart/guided-tl/pool';
import type { Terminal } from '../terminal.js';

/** What `scout` and `reduce` print under `--json`. */
export interface GuidesResult {
  scouts: number;
  finished: number;
  diverged: number[];
  /** Within tensors, in [-1, 1]; absent with fewer than 2 scouts in a half. */
  reliability?: number;
  /** (Σg)² / Σg² over the number of weights, in (0, 1]. */
  effectiveShare: number;
  guides: string;
  /** The base, moved by the mean displacement: fine-tuning starts here. */
  base: string;
}

/** Writes `guides.safetensors` and `base.safetensors` into a folder and says what is in them. */
export async function writeGuides(
  scouted: Scouted,
  folder: string,
  { json, terminal }: { json: boolean; terminal: Terminal },
): Promise<void> {
  const made = guides(scouted);
  await directoryStore(folder).write('guides.safetensors', await saveGuides(made));
  const base = join(folder, 'base.safetensors');
  await save(base, made.base);
  const halves = scouted.halves.every((half) => half && half.count >= 2);
  const result: GuidesResult = {
    scouts: scouted.count,
    finished: scouted.report.finished.length,
    diverged: scouted.report.diverged,
    ...(halves ? { reliability: reliability(scouted).withinTensor } : {}),
    effectiveShare: made.report.effectiveParameters / made.report.weights,
    guides: join(folder, 'guides.safetensors'),
    base,
  };
  if (json) terminal.out(JSON.stringify(result));
  else terminal.out(textOf(result));
}

function textOf({
  scouts,
  finished,
  diverged,
  reliability: agreement,
  effectiveShare,
  guides: path,
  base,
}: GuidesResult): string {
  const left = diverged.length > 0 ? `; ${diverged.length} diverged and were left out` : '';
  const reliable = agreement === undefined ? 'too few scouts to say' : agreement.toFixed(2);
  return [
    `${finished} of ${scouts} scouts${left}`,
    `reliability within tensors ${reliable}; effective share of free weights ${effectiveShare.toFixed(3)}`,
    `guides  ${path}`,
    `base    ${base} (start fine-tuning here)`,
  ].join('\n');
}
