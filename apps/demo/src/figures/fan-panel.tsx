import { gridSize } from '../why/experiments.js';
import { grid, pointsOfTaskB, truth } from '../why/tasks.js';
import { fans } from '../why/why-lab.js';

const [width, height, margin] = [480, 300, 14];
const acrossX = (x: number) => margin + ((x + 1) / 2) * (width - 2 * margin);
const downY = (y: number) => height / 2 - y * (height / 3.6);

/** Curves of one side, the truth, and the points that are known. */
export function FanPanel({
  title,
  side,
  points,
}: {
  title: string;
  side: 'scratch' | 'warm';
  points: number;
}) {
  const fan = fans[side].value;
  const xs = grid(gridSize);
  const known = pointsOfTaskB(points);
  const isTrained = fans.stage.value === 'fine-tuning';
  const label =
    fan && isTrained
      ? `${fan.error.toFixed(2)} off`
      : side === 'scratch'
        ? 'not trained yet'
        : 'learning task A';
  const state =
    fan && isTrained ? `${(fan.error ?? 0).toFixed(2)} from the truth on average` : 'waits for its points';
  return (
    <div class={`fan ${side}`}>
      <p class="fan-title">
        <strong>{title}</strong> <small>{label}</small>
      </p>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${title}: curves of all networks, ${state}`}
      >
        <line class="axis" x1={margin} x2={width - margin} y1={downY(0)} y2={downY(0)} />
        {fan &&
          curvesOf(fan.curves).map((curve, net) => <path key={net} class="curve" d={path(xs, curve)} />)}
        <path class="truth" d={path(xs, xs.map(truth))} />
        {[...known.x].map((x, i) => (
          <circle key={i} class="point" cx={acrossX(x)} cy={downY(known.y[i] as number)} r="6" />
        ))}
        {[1, -1].map((y) => (
          <text key={y} class="mark" x={4} y={downY(y) + 4}>
            {y < 0 ? '−1' : '1'}
          </text>
        ))}
        <text class="mark" x={4} y={18}>
          y
        </text>
        <text class="mark end" x={width - 6} y={height - 8}>
          x
        </text>
      </svg>
    </div>
  );
}

function curvesOf(curves: Float32Array): Float32Array[] {
  return Array.from({ length: curves.length / gridSize }, (_, net) =>
    curves.subarray(net * gridSize, (net + 1) * gridSize),
  );
}

function path(xs: Float64Array, ys: ArrayLike<number>): string {
  let text = '';
  for (let i = 0; i < xs.length; i++) {
    const y = Math.max(-60, Math.min(height + 60, downY(ys[i] as number)));
    text += `${i === 0 ? 'M' : 'L'}${acrossX(xs[i] as number).toFixed(1)} ${y.toFixed(1)}`;
  }
  return text;
}
