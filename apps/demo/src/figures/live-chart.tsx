import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';

export interface Line {
  label: string;
  /** name of a colour in the style sheet, e.g. --warm */
  colour: string;
  dash?: number[];
  width?: number;
  points?: boolean;
}

interface ChartProps {
  title: string;
  lines: Line[];
  /** steps first, then one list per line, null where a line has no value */
  data: uPlot.AlignedData;
  unit: string;
}

/** Lines over steps that grow while something trains. */
export function LiveChart(props: ChartProps) {
  const { title, lines, data } = props;
  const place = useRef<HTMLDivElement>(null);
  const newest = useRef(data);
  newest.current = data;
  const setData = useRef<(data: uPlot.AlignedData) => void>(undefined);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const gone = new AbortController();
    const element = place.current;
    if (element) {
      drawIn(element, props, newest, gone.signal).then(
        (set) => {
          setData.current = set;
          set(newest.current);
        },
        (error) => setProblem(`The chart cannot be drawn here (${error}); the numbers above are the same.`),
      );
    }
    return () => gone.abort();
  }, []);
  useEffect(() => setData.current?.(data), [data]);
  const last = lines.flatMap(({ label }, index) => {
    const value = [...(data[index + 1] ?? [])].reverse().find((found) => typeof found === 'number');
    return typeof value === 'number' ? [`${label} ${value.toFixed(3)}`] : [];
  });
  return (
    <div class="chart">
      {problem && <p class="quiet">{problem}</p>}
      <div
        ref={place}
        class="plot"
        role="img"
        aria-label={`${title}. Last: ${last.join(', ') || 'nothing yet'}`}
      />
      <Legend lines={lines} />
    </div>
  );
}

function Legend({ lines }: { lines: readonly Line[] }) {
  return (
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
  );
}

/** Draws a chart that follows its place's width and the page's colours until it is gone; returns how to feed it. */
async function drawIn(
  element: HTMLElement,
  { lines, unit }: ChartProps,
  newest: { current: uPlot.AlignedData },
  gone: AbortSignal,
): Promise<(data: uPlot.AlignedData) => void> {
  const { default: Plot } = await import('uplot');
  if (gone.aborted) return () => {};
  let chart = new Plot(optionsFor(element, lines, unit), newest.current, element);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const recolour = () => {
    chart.destroy();
    chart = new Plot(optionsFor(element, lines, unit), newest.current, element);
  };
  const resized = new ResizeObserver(() => chart.setSize(sizeOf(element)));
  resized.observe(element);
  dark.addEventListener('change', recolour, { signal: gone });
  gone.addEventListener('abort', () => {
    resized.disconnect();
    chart.destroy();
  });
  return (data) => chart.setData(data);
}

function sizeOf(element: HTMLElement) {
  return { width: element.clientWidth, height: Math.min(320, Math.max(200, element.clientWidth * 0.45)) };
}

function optionsFor(element: HTMLElement, lines: readonly Line[], unit: string): uPlot.Options {
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
