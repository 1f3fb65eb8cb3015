import { useEffect, useMemo, useRef } from 'preact/hooks';
import { warmthPixels } from './warmth.js';

/**
 * Values in [0, 1] as a picture: one pixel each, as bright as their square root.
 *
 * @param props.values - [rows, columns]
 */
export function HeatStrip(props: {
  label: string;
  rows: number;
  columns: number;
  values: Float32Array;
  note?: string;
}) {
  const { label, rows, columns, values, note } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    context.putImageData(new ImageData(warmthPixels(values.map(Math.sqrt)), columns, rows), 0, 0);
  }, [values, rows, columns]);
  const mean = useMemo(() => values.reduce((sum, value) => sum + value, 0) / values.length, [values]);
  const text = `${(rows * columns).toLocaleString('en')} weights, mean ${mean.toFixed(3)}`;
  return (
    <div class="strip">
      <span class="strip-label">{label}</span>
      <canvas
        ref={canvas}
        width={columns}
        height={rows}
        role="img"
        aria-label={`Guide values of ${label}: ${text}`}
        style={{ height: `${Math.min(150, Math.max(16, rows * 6))}px` }}
      />
      <span class="strip-note">{note ?? text}</span>
    </div>
  );
}
