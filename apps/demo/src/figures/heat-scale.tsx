import { warmthGradient } from './warmth.js';

/** What the colours of heat strips stand for. */
export function HeatScale() {
  return (
    <p class="heat-scale">
      0, held back <span aria-hidden="true" style={{ background: warmthGradient() }} /> 1, free to move
    </p>
  );
}
