import { join } from 'node:path';
import { save } from '@warmstart/core-checkpoint';
import {
  type GuideEvidence,
  type Guides,
  guideEvidence,
  guides,
  guidesPage,
  refineGuides,
  type ScoutExecutor,
  type Scouted,
  type ScoutStore,
  saveGuides,
} from '@warmstart/guided-tl';
import { directoryStore } from '@warmstart/guided-tl/pool';
import { seededRandom } from '@warmstart/random';
import type { Terminal } from '../terminal/terminal.js';
import type { ScoutModule } from './scout-module.js';

/** What `scout` and `reduce` print under `--json`. */
export interface GuidesResult {
  scouts: number;
  finished: number;
  diverged: number[];
  /** Within tensors, in [-1, 1]; absent with fewer than 2 scouts in a half. */
  reliability?: number;
  /** (Σg)² / Σg² over the number of weights, in (0, 1]. */
  effectiveShare: number;
  /** Whether rehearsals corrected the guides. */
  refined: boolean;
  guides: string;
  /** The base, moved by the mean displacement: fine-tuning starts here. */
  base: string;
  /** Shows the guides: histograms, heat strips, reliability. */
  page: string;
  /** Guides to fine-tune with as well; what the real ones do not beat, they do not explain. */
  controls: string[];
}

/** Guides of scouts, corrected by rehearsals if the module asks for them. */
export async function guidesOf(
  scouted: Scouted,
  run: { module: ScoutModule; executor: ScoutExecutor; store: ScoutStore } | undefined,
  terminal: Terminal,
): Promise<Guides> {
  if (!run?.module.refine) return guides(scouted);
  const { module, executor, store } = run;
  return refineGuides(guides(scouted, { formula: 'deviation' }), {
    ...module.refine,
    subproblems: await module.subproblems(scouted.seed),
    seed: scouted.seed,
    executor,
    store,
    signal: terminal.signal,
    onEvent: ({ round, rounds, helpedShare }) =>
      terminal.note(`round ${round + 1} of ${rounds}: ${(100 * helpedShare).toFixed(0)} % of weights helped`),
  });
}

/** Writes guides, the recentred base, the controls and a page into a folder and says what is in them. */
export async function writeGuides(
  scouted: Scouted,
  made: Guides,
  {
    folder,
    store,
    metadata,
    json,
    terminal,
  }: {
    folder: string;
    store: ScoutStore;
    /** Of the base, which the recentred one keeps. */
    metadata: Record<string, string>;
    json: boolean;
    terminal: Terminal;
  },
): Promise<void> {
  const output = directoryStore(folder);
  await output.write('guides.safetensors', await saveGuides(made));
  const base = join(folder, 'base.safetensors');
  await save(base, made.base, { metadata });
  const evidence = await evidenceOf(scouted, made, store);
  const controls = evidence ? ['shuffled.safetensors', 'layer-means.safetensors'] : [];
  if (evidence) {
    const { shuffled, layerMeans } = evidence.controls;
    await output.write('shuffled.safetensors', await saveGuides({ ...made, guides: shuffled }));
    await output.write('layer-means.safetensors', await saveGuides({ ...made, guides: layerMeans }));
  }
  const page = guidesPage(made, evidence ? { evidence } : {});
  await output.write('guides.html', new TextEncoder().encode(page));
  const result: GuidesResult = {
    scouts: scouted.count,
    finished: scouted.report.finished.length,
    diverged: scouted.report.diverged,
    ...(evidence ? { reliability: evidence.reliability.withinTensor } : {}),
    effectiveShare: made.report.effectiveParameters / made.report.weights,
    refined: made.report.refined !== undefined,
    guides: join(folder, 'guides.safetensors'),
    base,
    page: join(folder, 'guides.html'),
    controls: controls.map((name) => join(folder, name)),
  };
  if (json) terminal.out(JSON.stringify(result));
  else terminal.out(textOf(result));
}

/** Weights × scouts up to which the bootstrap, which holds all of them, takes seconds. */
const bootstrapLimit = 20_000_000;

async function evidenceOf(
  scouted: Scouted,
  made: Guides,
  store: ScoutStore,
): Promise<GuideEvidence | undefined> {
  if (!scouted.halves.every((half) => half && half.count >= 2)) return undefined;
  const isSmall = scouted.layout.size * scouted.count <= bootstrapLimit;
  const random = seededRandom(scouted.seed, 'evidence');
  return guideEvidence(scouted, made, { random, draws: 50, ...(isSmall ? { store } : {}) });
}

function textOf(result: GuidesResult): string {
  const { scouts, finished, diverged, reliability: agreement, effectiveShare, refined, controls } = result;
  const left = diverged.length > 0 ? `; ${diverged.length} diverged and were left out` : '';
  const reliable = agreement === undefined ? 'too few scouts to say' : agreement.toFixed(2);
  return [
    `${finished} of ${scouts} scouts${left}${refined ? '; guides corrected by rehearsals' : ''}`,
    `reliability within tensors ${reliable}; effective share of free weights ${effectiveShare.toFixed(3)}`,
    `guides  ${result.guides}`,
    `base    ${result.base} (start fine-tuning here)`,
    `page    ${result.page}`,
    ...(controls.length > 0 ? [`controls to fine-tune with as well  ${controls.join('  ')}`] : []),
  ].join('\n');
}
