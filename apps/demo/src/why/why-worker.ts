import {
  type FanMoment,
  type FanSettings,
  type GuidesResult,
  growFans,
  learnToRebuild,
  type MaskingResult,
  scoutSmallNet,
} from './experiments.js';

export type WhyRequest =
  | ({ kind: 'fans'; id: number } & FanSettings)
  | { kind: 'masking'; id: number; ratio: number; seed: number }
  | { kind: 'guides'; id: number; scouts: number; seed: number };

export type WhyReply =
  | { kind: 'fans'; id: number; moment: FanMoment }
  | { kind: 'masking'; id: number; result: MaskingResult }
  | { kind: 'guides'; id: number; result: GuidesResult };

/** The last request of each kind: an older one stops at its next moment. */
const newest = new Map<WhyRequest['kind'], number>();

self.addEventListener('message', ({ data }: MessageEvent<WhyRequest>) => {
  newest.set(data.kind, data.id);
  if (data.kind === 'fans') void fans(data);
  else setTimeout(() => newest.get(data.kind) === data.id && answer(data));
});

async function fans({ id, kind, ...settings }: Extract<WhyRequest, { kind: 'fans' }>): Promise<void> {
  for (const moment of growFans(settings)) {
    reply({ kind, id, moment });
    await new Promise((resolve) => setTimeout(resolve)); // let newer requests in
    if (newest.get(kind) !== id) return;
  }
}

function answer(request: Exclude<WhyRequest, { kind: 'fans' }>): void {
  const { id } = request;
  if (request.kind === 'masking') reply({ kind: 'masking', id, result: learnToRebuild(request) });
  else reply({ kind: 'guides', id, result: scoutSmallNet(request) });
}

function reply(message: WhyReply): void {
  self.postMessage(message);
}
