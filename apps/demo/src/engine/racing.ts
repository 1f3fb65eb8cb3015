import { computed, signal } from '@preact/signals';
import type { StateDict } from '@warmstart/shapes';
import { classNamesFor } from '../method/draws.js';
import type { PredictInput } from '../method/predict.js';
import type { Arm, RaceSettings, Trial } from '../method/race.js';
import type { Source } from '../method/source.js';
import { type ArmName, armNames, type Standing, standingOf } from '../method/standing.js';
import type { TableFacts } from '../method/table.js';
import { keepRace, keptGuides, keptRace } from '../store/kept.js';
import { takeUpLabels } from './labelling.js';
import { run } from './pretraining.js';
import { ask, askLane, eachInLanes, engineChoice, isEngineLost, laneCount, ready } from './studio.js';

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

/** Names of the classes that the race below is about. */
export const raceClasses = computed(() => {
  const [facts, settings] = [race.table.value, race.settings.value];
  return facts && settings ? classNamesFor(facts, settings) : [];
});

let stop: AbortController | undefined;
let preparedFor: StateDict | undefined;

/** Reads the rows of the encoder that is kept, and takes up guides, labels and the last race on it. */
export async function prepareRace(): Promise<void> {
  const [source, encoder] = [run.trainedOn.value, run.encoder.value];
  if (!encoder || !source) return;
  race.hasGuides.value = (await keptGuides()) !== undefined;
  if (preparedFor === encoder || race.state.value === 'running') return;
  preparedFor = encoder;
  race.table.value = undefined;
  race.problem.value = undefined;
  try {
    const kept = await keptRace();
    race.standings.value = kept?.standings ?? [];
    race.settings.value = kept?.settings;
    race.total.value = 0;
    race.table.value = await ask({ kind: 'table', source });
    race.state.value = kept ? 'done' : 'none';
    await takeUpLabels(source);
  } catch (error) {
    race.problem.value = messageOf(error);
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
  classifiers.clear();
  stop = new AbortController();
  const { signal: stopped } = stop;
  try {
    await runAll(settings, source, classNamesFor(facts, settings).length, stopped);
    race.state.value = stopped.aborted ? 'none' : 'done';
    if (race.state.value === 'done') await keepRace({ settings, standings: race.standings.value });
  } catch (error) {
    const again = isEngineLost(error) ? ' Start the race again: it will run on another engine.' : '';
    race.problem.value = messageOf(error) + again;
    if (race.state.value === 'running') race.state.value = 'none';
  }
}

/** Lets the runs that are under way end, and starts no more. */
export function stopRace(): void {
  stop?.abort();
}

async function armOf(name: ArmName, encoder: StateDict): Promise<Arm | undefined> {
  if (name === 'scratch') return { isFrozen: false };
  if (name === 'frozen' || name === 'finetune') return { encoder, isFrozen: name === 'frozen' };
  const guiding = await keptGuides();
  if (!guiding) return undefined;
  return {
    encoder: guiding.base,
    isFrozen: false,
    guides: name === 'guided' ? guiding.guides : guiding.shuffled,
  };
}

async function runAll(
  settings: RaceSettings,
  source: Source,
  classCount: number,
  stopped: AbortSignal,
): Promise<void> {
  const encoder = run.encoder.value;
  if (!encoder) return;
  const facts = await ready();
  const arms: [ArmName, Arm][] = [];
  for (const name of armNames) {
    const arm = await armOf(name, encoder);
    if (arm) arms.push([name, arm]);
  }
  race.hasGuides.value = arms.length === armNames.length;
  const jobs = Array.from({ length: settings.draws }, (_, draw) =>
    arms.map(([name, arm]) => ({ name, arm, draw })),
  ).flat();
  race.total.value = jobs.length;
  const trials = new Map<ArmName, Trial[][]>(armNames.map((name) => [name, []]));
  await eachInLanes(jobs, laneCount(facts), async ({ name, arm, draw }, lane) => {
    if (stopped.aborted) return;
    const choice = engineChoice();
    const result = await askLane(lane, { kind: 'arm', choice, source, arm, settings, draw });
    const ofArm = trials.get(name) ?? [];
    ofArm[draw] = result; // arms are paired draw by draw
    race.done.value++;
    race.standings.value = armNames.flatMap((known) => {
      const finished = (trials.get(known) ?? []).filter(Boolean);
      return finished.length > 0 ? [standingOf(known, finished, classCount)] : [];
    });
  });
}

const classifiers = new Map<ArmName, Promise<StateDict>>();

/** The classifier of an arm, trained when it is first asked for: encoder and head. */
export function classifierOf(standing: Standing): Promise<StateDict> {
  const known = classifiers.get(standing.name) ?? trainFor(standing);
  classifiers.set(standing.name, known);
  known.catch(() => classifiers.delete(standing.name));
  return known;
}

async function trainFor({ name, learningRate, steps }: Standing): Promise<StateDict> {
  const [encoder, source, settings] = [run.encoder.value, run.trainedOn.value, race.settings.value];
  if (!encoder || !source || !settings) throw new Error('Run the race first: it chooses the steps.');
  const arm = await armOf(name, encoder);
  if (!arm) throw new Error('The guides of this race are gone. Send scouts again, then run the race again.');
  await ready();
  const choice = engineChoice();
  return ask({ kind: 'classifier', choice, source, arm, settings, chosen: { learningRate, steps } });
}

/** Class probabilities of new rows from an arm's classifier: [rows, classes]. */
export async function predict(standing: Standing, input: PredictInput): Promise<Float32Array> {
  const source = run.trainedOn.value;
  if (!source) throw new Error('Pre-train first.');
  const classifier = await classifierOf(standing);
  const [choice, classCount] = [engineChoice(), raceClasses.value.length];
  return ask({ kind: 'predict', choice, source, classifier, classCount, input });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
