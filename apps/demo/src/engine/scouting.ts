import { signal } from '@preact/signals';
import { type GuidesFound, sendScouts as send } from '../method/guiding.js';
import { keepGuides, keptGuides } from '../store/kept.js';
import { run } from './pretraining.js';
import { ask, askLane, engineChoice, laneCount, ready } from './studio.js';

export type ScoutState = 'waiting' | 'started' | 'finished' | 'diverged' | 'failed';

/** The scouts of the encoder that is kept, and what they found. */
export const scouting = {
  state: signal<'none' | 'running' | 'done'>('none'),
  scouts: signal<ScoutState[]>([]),
  lanes: signal(0),
  found: signal<GuidesFound | undefined>(undefined),
  problem: signal<string | undefined>(undefined),
  warning: signal<string | undefined>(undefined),
};

let stop: AbortController | undefined;

export async function lookForGuides(): Promise<void> {
  if (scouting.state.value === 'running') return;
  scouting.found.value = await keptGuides();
  scouting.state.value = scouting.found.value ? 'done' : 'none';
}

/** Sends scouts out, one per lane at a time, and keeps the guides on this device. */
export async function sendScouts(count: number, seed: number): Promise<void> {
  const [encoder, source] = [run.encoder.value, run.trainedOn.value];
  if (!encoder || !source) return;
  begin(count);
  stop = new AbortController();
  try {
    const facts = await ready();
    const lanes = laneCount(facts);
    scouting.lanes.value = lanes;
    const free = Array.from({ length: lanes }, (_, lane) => lane);
    const scouted = await send({
      encoder,
      subproblems: await ask({ kind: 'subproblems', source, count, seed }),
      seed,
      concurrency: lanes,
      signal: stop.signal,
      onScout: (index, state) => {
        scouting.scouts.value = scouting.scouts.value.map((known, at) => (at === index ? state : known));
      },
      run: async (scout) => {
        const lane = free.pop() ?? 0; // there are as many as scouts at a time
        try {
          return await askLane(lane, { kind: 'scout', choice: engineChoice(), source, scout });
        } finally {
          free.push(lane);
        }
      },
    });
    const found = await ask({ kind: 'guides', scouted });
    scouting.found.value = found;
    scouting.state.value = 'done';
    await keepGuides({ ...found, encoder }).catch((error: Error) => {
      scouting.warning.value = error.message;
    });
  } catch (error) {
    if (!stop.signal.aborted) scouting.problem.value = error instanceof Error ? error.message : String(error);
    scouting.state.value = 'none';
  }
}

function begin(count: number): void {
  scouting.problem.value = undefined;
  scouting.warning.value = undefined;
  scouting.found.value = undefined;
  scouting.scouts.value = new Array<ScoutState>(count).fill('waiting');
  scouting.state.value = 'running';
}

export function recall(): void {
  stop?.abort(new DOMException('Recalled.', 'AbortError'));
}
