import type { StateDict } from '@warmstart/shapes';
import type { EncoderCard } from './cards/model-card.js';
import { modelFileBytes, type SaveTarget, saveModelFile } from './cards/model-file.js';
import type { RebuiltRows } from './rebuild/rebuilt-rows.js';

/** An encoder, as {@link pretrain} gives it and {@link openEncoder} reads it. On the host: nothing to dispose. */
export class PretrainedEncoder {
  /** Under PyTorch's keys, e.g. `fc1.weight`. */
  readonly weights: StateDict;
  readonly card: EncoderCard;
  /** Some validation rows as it rebuilt them, right after pre-training. */
  readonly rebuilt: RebuiltRows | undefined;

  constructor(weights: StateDict, card: EncoderCard, rebuilt?: RebuiltRows) {
    this.weights = weights;
    this.card = card;
    this.rebuilt = rebuilt;
  }

  /** Loss on hidden validation values before and after, of predicting means and shares, and skill = 1 − after ÷ baseline. */
  get scores(): EncoderCard['scores'] {
    return this.card.scores;
  }

  /** Saves weights and card as one `.safetensors` file, or to any other target of core-checkpoint. */
  async save(target: SaveTarget): Promise<void> {
    await saveModelFile(target, this);
  }

  /** The file that `save` would write. */
  toBytes(): Uint8Array {
    return modelFileBytes(this);
  }
}
