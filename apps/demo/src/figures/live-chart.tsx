import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface Line {
  label: string;
  /** name of a colour in the style sheet, e.g. --warm */
  colour: string;
  dash?: number[];
  width?: number;
  points?: boolean;
}

/**
 * Lines over steps that grow while something trains.
 *
 * @param props.data - steps first, then one list per line, null where a line has no value
 */
export function LiveChart(props: { title: string; lines: Line[]; data: uPlot.AlignedData; unit: string }) {
  const { title, lines, data, unit } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const draw = () => {
      chart.current?.destroy();
      chart.current = new uPlot(optionsFor(element, lines, unit), chart.current?.data ?? data, element);
    };
    draw();
    const resized = new ResizeObserver(() => chart.current?.setSize(sizeOf(element)));
    resized.observe(element);
    dark.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      dark.removeEventListener('change', draw);
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, []);
  useEffect(() => chart.current?.setData(data), [data]);
  const last = lines.map(({ label }, index) => {
    const values = data[index + 1] ?? [];
    const value = [...values].reverse().find((found) => typeof found === 'number');
    return typeof value === 'number' ? `${label} ${value.toFixed(3)}` : undefined;
  });
  return (
    <div class="chart">
      <div
        ref={place}
        role="img"
        aria-label={`${title}. Last: ${last.filter(Boolean).join(', ') || 'nothing yet'}`}
      />
      <ul class="legend">
        {lines.map(({ label, colour, dash }) => (
          <li key={label}>
            <svg width="26" height="10" viewBox="0 0 26 10" aria-hidden="true">
              <line
                x1="0"
                x2="26"
                y1="5"
                y2="5"
                stroke={`var(${colour})`}
                stroke-width="3"
                stroke-dasharray={dash?.join(' ')}
              />
            </svg>
            {label}
          </li>
        ))}
      </ul>
    </div>
  );
}

function sizeOf(element: HTMLElement) {
  return { width: element.clientWidth, height: Math.min(320, Math.max(200, element.clientWidth * 0.45)) };
}

function optionsFor(element: HTMLElement, lines: Line[], unit: string): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    ...sizeOf(element),
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false } },
    axes: [
      { ...axis, label: 'step', labelSize: 22, size: 30 },
      { ...axis, label: unit, labelSize: 22, size: 52 },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        width: line.width ?? 2,
        spanGaps: true,
        points: { show: line.points ?? false },
        ...(line.dash ? { dash: line.dash } : {}),
      })),
    ],
  };
}
