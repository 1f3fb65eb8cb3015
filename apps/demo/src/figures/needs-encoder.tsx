import { run } from '../engine/pretraining.js';
import { addressOf } from '../route.js';

/** Where to go first. */
export function NeedsEncoder() {
  if (run.state.value === 'looking') return <p class="quiet">Looking for your encoder…</p>;
  return (
    <div class="note">
      <p>
        {run.state.value === 'none'
          ? 'There is no pre-trained encoder on this device yet.'
          : 'Pre-training is not finished yet.'}{' '}
        <a href={addressOf('pretrain')}>Pre-train one first</a>: it takes under a minute.
      </p>
    </div>
  );
}
