import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Slider } from '../controls.js';
import { addressNumber } from '../route.js';
import { guideStrips, scoutAgain } from '../why/why-lab.js';
import { HeatScale } from './heat-scale.js';
import { HeatStrip } from './heat-strip.js';

const scouts = addressNumber('why', 'scouts', { initial: 12, low: 2, high: 40 });

/** Guide values of a small net, from scouts that are trained when their number changes. */
export function GuidesFigure() {
  useEffect(
    () =>
      effect(() => {
        const settings = { scouts: scouts.value, seed: 5 };
        const soon = setTimeout(() => scoutAgain(settings), 150);
        return () => clearTimeout(soon);
      }),
    [],
  );
  const result = guideStrips.value;
  return (
    <figure class="card">
      {result ? (
        <div class="strips">
          {result.layers.map(({ inputs, outputs, values }, layer) => (
            <HeatStrip
              key={layer}
              label={`Layer ${layer + 1}`}
              rows={Math.min(inputs, outputs)}
              columns={Math.max(inputs, outputs)}
              values={values}
            />
          ))}
        </div>
      ) : (
        <p class="quiet tall">Sending scouts…</p>
      )}
      <HeatScale />
      <div class="controls">
        <Slider label="Scouts" value={scouts} low={2} high={40} />
      </div>
      <figcaption>
        <p>
          Scouts start from the pre-trained weights and each learns an easier, neighbouring task. Weights on
          whose new value they disagree are those that tasks differ in: bright, free to move. Where all scouts
          leave a weight alone it is general knowledge: dark, held back. The guide value g scales each update,
          w ← w + g·(w′ − w). The brightness shown is the square root of g.
        </p>
      </figcaption>
    </figure>
  );
}
