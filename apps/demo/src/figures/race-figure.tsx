import { budget } from '../method/race.js';
import type { ArmName, Standing } from '../method/standing.js';
import { meanInterval } from '../method/statistics.js';

export const armTitles: Record<ArmName, string> = {
  scratch: 'from scratch',
  frozen: 'encoder frozen',
  finetune: 'fine-tuned',
  guided: 'guided',
  shuffled: 'guides shuffled',
};

const looks: Record<ArmName, { colour: string; dash: string; mark: string }> = {
  scratch: { colour: '--scratch', dash: '', mark: 'M0 -6L6 5H-6Z' },
  frozen: { colour: '--soft', dash: '2 5', mark: 'M-5 -5H5V5H-5Z' },
  finetune: { colour: '--warm', dash: '', mark: 'M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0Z' },
  guided: { colour: '--third', dash: '', mark: 'M0 -7L7 0L0 7L-7 0Z' },
  shuffled: { colour: '--third', dash: '7 5', mark: 'M0 6L6 -5H-6Z' },
};
const [width, height, left, right, top, bottom] = [720, 360, 78, 32, 38, 54];

/** Accuracy on test rows by step, one line per arm; bands are 95 % intervals over draws. */
export function RaceFigure({ standings }: { standings: readonly Standing[] }) {
  const values = standings.flatMap(({ curve, draws }) =>
    curve.flatMap(({ mean, low, high }) => (draws > 1 ? [Math.max(0, low), Math.min(1, high)] : [mean])),
  );
  const low = Math.max(0, Math.min(...values) - 0.02);
  const highest = Math.min(1, Math.max(...values) + 0.02);
  const high = low < 0.5 && highest > 0.85 ? 1 : highest; // a scale this long may as well end at 100 %
  const across = (mark: number) => left + (mark / (budget.marks.length - 1)) * (width - left - right);
  const down = (value: number) => {
    const inside = Math.min(high, Math.max(low, value));
    return top + (1 - (inside - low) / (high - low)) * (height - top - bottom);
  };
  const ticks = ticksBetween(low, high);
  const words = standings
    .map(({ name, accuracy }) => `${armTitles[name]} ${percent(accuracy.mean)}`)
    .join(', ');
  return (
    <div class="race-figure">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`Accuracy on test rows: ${words}`}
        class="race"
      >
        <text class="tick title" x={4} y={18}>
          accuracy on test rows
        </text>
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="axis" x1={left} x2={width - right} y1={down(tick)} y2={down(tick)} />
            <text class="tick" x={left - 8} y={down(tick) + 5} text-anchor="end">
              {Math.round(100 * tick)} %
            </text>
          </g>
        ))}
        {budget.marks.map((step, mark) => (
          <text key={step} class="tick" x={across(mark)} y={height - 30}>
            {step}
          </text>
        ))}
        <text class="tick" x={(left + width - right) / 2} y={height - 4}>
          fine-tuning steps
        </text>
        {standings.map((standing) => (
          <ArmLine key={standing.name} standing={standing} across={across} down={down} />
        ))}
      </svg>
      <ul class="legend">
        {standings.map(({ name }) => (
          <li key={name}>
            <ArmMark name={name} />
            {armTitles[name]}
          </li>
        ))}
        <li class="quiet">bands: 95 % intervals over draws</li>
      </ul>
    </div>
  );
}

type Scale = (value: number) => number;

function ArmLine({ standing, across, down }: { standing: Standing; across: Scale; down: Scale }) {
  const { name, curve, draws } = standing;
  const { colour, dash, mark } = looks[name];
  const upper = curve.map(({ high }, i) => `${across(i)},${down(high)}`);
  const lower = curve.map(({ low }, i) => `${across(i)},${down(low)}`).reverse();
  return (
    <g style={{ color: `var(${colour})` }}>
      {draws > 1 && <polygon class="band" points={[...upper, ...lower].join(' ')} />}
      <polyline
        class="arm-line"
        stroke-dasharray={dash}
        points={curve.map(({ mean }, i) => `${across(i)},${down(mean)}`).join(' ')}
      />
      {curve.map(({ mean }, i) => (
        <path key={i} class="arm-mark" d={mark} transform={`translate(${across(i)} ${down(mean)})`} />
      ))}
    </g>
  );
}

function ArmMark({ name }: { name: ArmName }) {
  const { colour, dash, mark } = looks[name];
  return (
    <svg width="36" height="14" viewBox="-18 -7 36 14" aria-hidden="true" style={{ color: `var(${colour})` }}>
      <line class="arm-line" x1="-18" x2="18" y1="0" y2="0" stroke-dasharray={dash} />
      <path class="arm-mark" d={mark} transform="scale(0.9)" />
    </svg>
  );
}

/** The standings as a table: accuracy, and the gain over scratch pair by pair. */
export function StandingsTable({ standings }: { standings: readonly Standing[] }) {
  const scratch = standings.find(({ name }) => name === 'scratch');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div class="scroll" tabIndex={0}>
      <table class="standings">
        <caption>Accuracy on test rows, mean over draws of labels, 95 % interval in brackets</caption>
        <thead>
          <tr>
            <th scope="col">arm</th>
            <th scope="col">accuracy</th>
            <th scope="col">gain over scratch, paired</th>
            <th scope="col">chosen by validation rows</th>
            <th scope="col" class="number">
              draws
            </th>
          </tr>
        </thead>
        <tbody>
          {standings.map((standing) => (
            <tr key={standing.name} data-arm={standing.name}>
              <th scope="row">
                <ArmMark name={standing.name} /> {armTitles[standing.name]}
              </th>
              <td>{intervalText(standing)}</td>
              <td>{gainText(standing, scratch)}</td>
              <td>
                {standing.name === 'frozen'
                  ? 'linear probe'
                  : `${standing.steps} steps at ${standing.learningRate}`}
              </td>
              <td class="number">{standing.draws}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The gain of an arm over another on the draws that both have finished. */
export function pairedGain(arm: Standing, other: Standing) {
  const count = Math.min(arm.perDraw.length, other.perDraw.length);
  return meanInterval(
    Array.from(
      { length: count },
      (_, draw) => (arm.perDraw[draw] as number) - (other.perDraw[draw] as number),
    ),
  );
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

export function points(share: number): string {
  return `${share >= 0 ? '+' : '−'}${Math.abs(100 * share).toFixed(1)}`;
}

function intervalText({ accuracy, draws }: Standing): string {
  if (draws < 2) return percent(accuracy.mean);
  return `${percent(accuracy.mean)} [${(100 * Math.max(0, accuracy.low)).toFixed(1)}, ${(100 * Math.min(1, accuracy.high)).toFixed(1)}]`;
}

function gainText(standing: Standing, scratch: Standing | undefined): string {
  if (!scratch || standing === scratch) return '–';
  const { mean, low, high } = pairedGain(standing, scratch);
  return Number.isFinite(low) ? `${points(mean)} [${points(low)}, ${points(high)}]` : points(mean);
}

function ticksBetween(low: number, high: number): number[] {
  const step = high - low > 0.5 ? 0.2 : high - low > 0.4 ? 0.1 : high - low > 0.16 ? 0.05 : 0.02;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}
