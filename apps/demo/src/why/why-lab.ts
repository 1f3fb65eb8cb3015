import { signal } from '@preact/signals';
import type { Fan, FanMoment, FanSettings, GuidesResult, MaskingResult } from './experiments.js';
import type { WhyReply, WhyRequest } from './why-worker.js';

/** What the figures of the first page show, as it is being computed. */
export const fans = {
  scratch: signal<Fan | undefined>(undefined),
  warm: signal<Fan | undefined>(undefined),
  stage: signal<FanMoment['stage']>('pre-training'),
  share: signal(0),
};
export const masking = signal<MaskingResult | undefined>(undefined);
export const guideStrips = signal<GuidesResult | undefined>(undefined);

/** The fans have a thread of their own: they are what is looked at first. */
const workers = new Map<boolean, Worker>();
let last = 0;
const wanted = new Map<WhyRequest['kind'], number>();

/** Computes the fans anew; what was under way is dropped. */
export function growFans(settings: FanSettings): void {
  ask({ kind: 'fans', id: ++last, ...settings });
}

export function rebuild(settings: { ratio: number; seed: number }): void {
  ask({ kind: 'masking', id: ++last, ...settings });
}

export function scoutAgain(settings: { scouts: number; seed: number }): void {
  ask({ kind: 'guides', id: ++last, ...settings });
}

function ask(request: WhyRequest): void {
  wanted.set(request.kind, request.id);
  const isFans = request.kind === 'fans';
  const worker = workers.get(isFans) ?? start();
  workers.set(isFans, worker);
  worker.postMessage(request);
}

function start(): Worker {
  const started = new Worker(new URL('./why-worker.ts', import.meta.url), {
    type: 'module',
    name: 'figures',
  });
  started.addEventListener('message', ({ data }: MessageEvent<WhyReply>) => {
    if (wanted.get(data.kind) !== data.id) return;
    if (data.kind === 'masking') masking.value = data.result;
    else if (data.kind === 'guides') guideStrips.value = data.result;
    else show(data.moment);
  });
  return started;
}

function show(moment: FanMoment): void {
  fans.stage.value = moment.stage;
  fans.share.value = moment.share;
  // who asked for less motion sees only where the curves end up
  const isLast = moment.stage === 'fine-tuning' && moment.share === 1;
  if (!isLast && matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  fans.warm.value = moment.warm;
  fans.scratch.value = moment.scratch;
}
