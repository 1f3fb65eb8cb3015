import { shuffleGuides } from '@warmstart/guided-tl';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import { TransferError } from '../errors.js';
import type { FinetuneOptions } from '../finetune-options.js';
import type { PretrainedEncoder } from '../pretrained-encoder.js';

/** What is compared. */
export const armNames = [
  'linear',
  'scratch',
  'frozen',
  'finetune',
  'guided',
  'guided-shuffled',
  'auto',
] as const;

/**
 * - `linear`: logistic or ridge regression on the columns, without an encoder;
 * - `scratch`: a new encoder and head, trained together;
 * - `frozen`: a linear head on the frozen encoder;
 * - `finetune`: the head first, then encoder and head;
 * - `guided`: the same, each weight as far as its guide allows;
 * - `guided-shuffled`: the same with the guides in other places: what they gain, the guides' places do not explain;
 * - `auto`: what `finetune` does unless told otherwise.
 */
export type ArmName = (typeof armNames)[number];

/** An encoder with the guides that scouts made for it. */
export interface Guiding {
  readonly encoder: PretrainedEncoder;
  readonly guides: StateDict;
}

/** The options of `finetune` that make each arm. */
export function armOptions(
  name: ArmName,
  { encoder, guiding, seed }: { encoder: PretrainedEncoder; guiding: Guiding | undefined; seed: number },
): FinetuneOptions {
  switch (name) {
    case 'linear':
      return { tune: 'linear' };
    case 'scratch':
      return { tune: 'full' };
    case 'frozen':
      return { from: encoder, tune: 'head' };
    case 'finetune':
      return { from: encoder, tune: 'full' };
    case 'guided':
    case 'guided-shuffled': {
      if (!guiding) {
        throw new TransferError(
          'bad-option',
          `compare: the arm ${name} needs guiding, e.g. what scoutRows gives. Leave the arm out, or scout first.`,
        );
      }
      const guides =
        name === 'guided'
          ? guiding.guides
          : shuffleGuides(guiding.guides, seededRandom(seed, 'shuffled-guides'));
      return { from: guiding.encoder, tune: 'full', guides };
    }
    case 'auto':
      return { from: encoder };
  }
}
