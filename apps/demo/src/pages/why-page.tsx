import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Button, Slider } from '../controls.js';
import { FanPanel } from '../figures/fan-panel.js';
import { GuidesFigure } from '../figures/guides-figure.js';
import { MaskingFigure } from '../figures/masking-figure.js';
import { PartsFigure } from '../figures/parts-figure.js';
import { addressNumber } from '../route.js';
import { netCount } from '../why/experiments.js';
import { fans, growFans } from '../why/why-lab.js';

const points = addressNumber('why', 'points', { initial: 2, low: 1, high: 12 });
const relatedness = addressNumber('why', 'related', { initial: 1, low: 0, high: 1 });
const examples = addressNumber('why', 'examples', { initial: 200, low: 4, high: 200 });
const seed = addressNumber('why', 'seed', { initial: 7, low: 0, high: 9999 });

export function WhyPage() {
  useEffect(
    () =>
      effect(() => {
        const settings = {
          points: points.value,
          relatedness: relatedness.value,
          examples: examples.value,
          seed: seed.value,
        };
        const soon = setTimeout(() => growFans(settings), 120); // a slider on the move asks many times
        return () => clearTimeout(soon);
      }),
    [],
  );
  return (
    <>
      <section class="lead">
        <h1>Two points are not enough. Unless you have learned something before.</h1>
        <p>
          A deep network can draw anything through two training points, so what it draws between them is
          chance. Train it first on a related task of which there is plenty, and the same two points are
          enough: the right curve was almost there already. That is transfer learning. Both sides below are
          being trained now, in this page.
        </p>
      </section>
      <FanFigure />
      <section>
        <h2>Where does the first task come from?</h2>
        <p class="wide">
          From the data itself, without a label: hide some values and learn to rebuild them from the others.
          Whoever can do that has understood how the values hang together.
        </p>
        <MaskingFigure />
      </section>
      <section>
        <h2>What is carried over?</h2>
        <PartsFigure />
      </section>
      <section>
        <h2>How far may each weight move?</h2>
        <GuidesFigure />
      </section>
    </>
  );
}

function FanFigure() {
  return (
    <figure class="card" id="fan">
      <div class="two">
        <FanPanel title="From scratch" side="scratch" points={points.value} />
        <FanPanel title="Pre-trained on task A" side="warm" points={points.value} />
      </div>
      <div class="controls">
        <Slider label="Training points" value={points} low={1} high={12} />
        <Slider
          label="How related task A is"
          value={relatedness}
          low={0}
          high={1}
          step={0.05}
          show={(value) => `${Math.round(100 * value)} %`}
        />
        <Slider label="Examples of task A" value={examples} low={4} high={200} step={4} />
        <Button
          onClick={() => {
            seed.value = (seed.value + 1) % 10000;
          }}
        >
          Again, other seeds
        </Button>
      </div>
      <FanCaption />
    </figure>
  );
}

function FanCaption() {
  const [scratch, warm] = [fans.scratch.value, fans.warm.value];
  const isDone = fans.stage.value === 'fine-tuning' && fans.share.value === 1;
  const percent = Math.round(100 * fans.share.value);
  return (
    <figcaption>
      <p class="verdict" role="status">
        {isDone && scratch && warm ? sentence(scratch.error, warm.error) : `${capital(fans.stage.value)}…`}
        {!isDone && <span aria-hidden="true"> {percent} %</span>}
      </p>
      <p>
        Dashed: the truth. Circles: all that is known of it. Each of the {netCount} curves is one network of
        three hidden layers that fits the points; the two sides begin with the same weights. Make the tasks
        less related and what was learned before begins to mislead; give more points and the difference goes
        away.
      </p>
    </figcaption>
  );
}

function sentence(scratch: number, warm: number): string {
  const [a, b] = [scratch.toFixed(2), warm.toFixed(2)];
  const ratio = scratch / warm;
  if (ratio > 1.15)
    return `Mean distance from the truth: ${a} from scratch, ${b} pre-trained. ${ratio.toFixed(1)} times closer.`;
  if (ratio < 0.87) {
    return `Mean distance from the truth: ${a} from scratch, ${b} pre-trained. What was learned before misleads here.`;
  }
  return `Mean distance from the truth: ${a} from scratch, ${b} pre-trained. Here it makes little difference.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
