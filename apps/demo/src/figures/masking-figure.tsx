import { effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Button, Slider } from '../controls.js';
import { addressNumber } from '../route.js';
import { type MaskingResult, profileWidth } from '../why/experiments.js';
import { masking, rebuild } from '../why/why-lab.js';

const ratio = addressNumber('why', 'hide', { initial: 0.5, low: 0.1, high: 0.9 });
const row = signal(0);
const [width, height, foot] = [720, 190, 26];

/** Profiles with hidden values, rebuilt by a net that is trained when the ratio changes. */
export function MaskingFigure() {
  useEffect(
    () =>
      effect(() => {
        const settings = { ratio: ratio.value, seed: 3 };
        const soon = setTimeout(() => rebuild(settings), 150);
        return () => clearTimeout(soon);
      }),
    [],
  );
  const result = masking.value;
  return (
    <figure class="card">
      {result ? <Profile result={result} row={row.value} /> : <p class="quiet tall">Learning to rebuild…</p>}
      <div class="controls">
        <Slider
          label="Share hidden"
          value={ratio}
          low={0.1}
          high={0.9}
          step={0.1}
          show={(value) => `${Math.round(100 * value)} %`}
        />
        <Button
          onClick={() => {
            row.value = (row.value + 1) % 64;
          }}
        >
          Another profile
        </Button>
      </div>
      <figcaption>
        {result && (
          <p class="verdict">
            Rebuilding takes away {Math.max(0, Math.round(100 * result.skill))} % of the squared error of
            guessing the mean, on profiles it has never seen.
          </p>
        )}
        <p>
          One profile of {profileWidth} values. Filled bars are seen, dashed ones hidden; a diamond is what
          the network rebuilt. Hide too little and there is nothing to learn; hide too much and there is
          nothing to learn from.
        </p>
      </figcaption>
    </figure>
  );
}

function Profile({ result, row: at }: { result: MaskingResult; row: number }) {
  const step = width / profileWidth;
  const bars = Array.from({ length: profileWidth }, (_, i) => {
    const index = at * profileWidth + i;
    const [value, rebuilt] = [result.truth[index] as number, result.rebuilt[index] as number];
    return { value, rebuilt, isHidden: result.hidden[index] === 1, x: i * step + step / 2 };
  });
  const reach = Math.max(...bars.flatMap(({ value, rebuilt }) => [Math.abs(value), Math.abs(rebuilt)]));
  const downY = (value: number) => height / 2 - (value / reach) * (height / 2 - 12);
  const hiddenCount = bars.filter(({ isHidden }) => isHidden).length;
  return (
    <svg
      class="profile"
      viewBox={`0 0 ${width} ${height + foot}`}
      role="img"
      aria-label={`A profile of ${profileWidth} values, ${hiddenCount} of them hidden and rebuilt`}
    >
      <line class="axis" x1="0" x2={width} y1={downY(0)} y2={downY(0)} />
      <text class="mark" x="0" y="12">
        value
      </text>
      {bars.map(({ value, rebuilt, isHidden, x }) => (
        <g key={x}>
          <rect
            class={isHidden ? 'hidden-bar' : 'seen-bar'}
            x={x - step * 0.32}
            width={step * 0.64}
            y={Math.min(downY(0), downY(value))}
            height={Math.max(1.5, Math.abs(downY(value) - downY(0)))}
          />
          <text class="mark middle" x={x} y={height + foot - 6}>
            {Math.round(x / step + 0.5)}
          </text>
          {isHidden && <path class="rebuilt" d={`M${x} ${downY(rebuilt) - 8}l8 8l-8 8l-8 -8z`} />}
        </g>
      ))}
    </svg>
  );
}
