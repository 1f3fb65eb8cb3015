import type { Distribution } from '../files/numbers.js';

const [width, height] = [480, 90];

/** How a tensor's values are spread, with its numbers beside it. */
export function Histogram({ name, distribution }: { name: string; distribution: Distribution }) {
  const { bins, low, high, mean, deviation, count, notFinite, zeros } = distribution;
  if (count === 0) return <p class="quiet">No finite value.</p>;
  const most = Math.max(...bins);
  const step = width / bins.length;
  const facts = `${count.toLocaleString('en')} values from ${short(low)} to ${short(high)}, mean ${short(mean)}, standard deviation ${short(deviation)}`;
  return (
    <div class="histogram">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Histogram of ${name}: ${facts}`}
      >
        {bins.map((bin, i) => (
          <rect
            key={i}
            x={i * step}
            width={step - 1}
            y={height - (bin / most) * height}
            height={(bin / most) * height}
          />
        ))}
      </svg>
      <div class="scale" aria-hidden="true">
        <span>{short(low)}</span>
        <span>{short(high)}</span>
      </div>
      <p class="small quiet">
        mean {short(mean)} · deviation {short(deviation)} · {zeros.toLocaleString('en')} zero
        {notFinite > 0 && <strong> · {notFinite.toLocaleString('en')} not finite (NaN or infinite)</strong>}
      </p>
    </div>
  );
}

function short(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}
