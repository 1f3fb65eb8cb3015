import { signal } from '@preact/signals';
import type { StateDict } from '@warmstart/core-checkpoint';
import type { Arm, RaceSettings, Trial } from '../method/race.js';
import type { Source } from '../method/source.js';
import { type ArmName, armNames, type Standing, standingOf } from '../method/standing.js';
import type { TableFacts } from '../method/table.js';
import { keptGuides } from '../store/kept.js';
import { run } from './pretraining.js';
import { ask, askLane, eachInLanes, engineChoice, laneCount, ready } from './studio.js';

/** The race of one set of labels between all arms. */
export const race = {
  state: signal<'none' | 'running' | 'done'>('none'),
  done: signal(0),
  total: signal(0),
  standings: signal<Standing[]>([]),
  settings: signal<RaceSettings | undefined>(undefined),
  hasGuides: signal<boolean | undefined>(undefined),
  problem: signal<string | undefined>(undefined),
  /** the rows that the encoder was trained on */
  table: signal<TableFacts | undefined>(undefined),
};

/** Reads the rows of the encoder that is kept, and whether guides are. */
export async function prepareRace(): Promise<void> {
  const source = run.trainedOn.value;
  if (!run.encoder.value || !source) return;
  race.hasGuides.value = (await keptGuides()) !== undefined;
  try {
    race.table.value = await ask({ kind: 'table', source });
  } catch (error) {
    race.problem.value = error instanceof Error ? error.message : String(error);
  }
}

/** Every arm on every draw, with the same budget; standings move as draws finish. */
export async function startRace(settings: RaceSettings): Promise<void> {
  const [encoder, source, facts] = [run.encoder.value, run.trainedOn.value, race.table.value];
  if (!encoder || !source || !facts) return;
  race.problem.value = undefined;
  race.settings.value = settings;
  race.standings.value = [];
  race.done.value = 0;
  race.state.value = 'running';
  try {
    await runAll(settings, await armsFor(encoder), source, facts.classNames.length);
    race.state.value = 'done';
  } catch (error) {
    race.problem.value = error instanceof Error ? error.message : String(error);
    race.state.value = 'none';
  }
}

async function armsFor(encoder: StateDict): Promise<[ArmName, Arm][]> {
  const guiding = await keptGuides();
  race.hasGuides.value = guiding !== undefined;
  const arms: [ArmName, Arm][] = [
    ['scratch', { isFrozen: false }],
    ['frozen', { encoder, isFrozen: true }],
    ['finetune', { encoder, isFrozen: false }],
  ];
  if (guiding) {
    arms.push(['guided', { encoder: guiding.base, isFrozen: false, guides: guiding.guides }]);
    arms.push(['shuffled', { encoder: guiding.base, isFrozen: false, guides: guiding.shuffled }]);
  }
  return arms;
}

async function runAll(
  settings: RaceSettings,
  arms: readonly [ArmName, Arm][],
  source: Source,
  classCount: number,
): Promise<void> {
  const [facts, { labels }] = await Promise.all([ready(), ask({ kind: 'test-rows', source })]);
  const jobs = Array.from({ length: settings.draws }, (_, draw) =>
    arms.map(([name, arm]) => ({ name, arm, draw })),
  ).flat();
  race.total.value = jobs.length;
  const trials = new Map<ArmName, Trial[][]>(armNames.map((name) => [name, []]));
  await eachInLanes(jobs, laneCount(facts), async ({ name, arm, draw }, lane) => {
    const choice = engineChoice();
    const result = await askLane(lane, { kind: 'arm', choice, source, arm, settings, draw });
    const ofArm = trials.get(name) ?? [];
    ofArm[draw] = result; // arms are paired draw by draw
    race.done.value++;
    race.standings.value = armNames.flatMap((known) => {
      const finished = (trials.get(known) ?? []).filter(Boolean);
      return finished.length > 0 ? [standingOf(known, finished, labels, classCount)] : [];
    });
  });
}

/** Class probabilities of one new row, unscaled. */
export async function predict(row: Float32Array): Promise<Float32Array> {
  const [encoder, source, settings] = [run.encoder.value, run.trainedOn.value, race.settings.value];
  if (!encoder || !source || !settings) throw new Error('Run the race first: it draws the labels.');
  await ready();
  return ask({ kind: 'predict', choice: engineChoice(), source, encoder, settings, row });
}
