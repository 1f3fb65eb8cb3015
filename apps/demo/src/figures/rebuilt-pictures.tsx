import type { Examples } from '../method/pretrain.js';
import type { TableFacts } from '../method/table.js';
import { PixelPicture, pixelsOf } from './pixel-picture.js';

const most = 8;

/** Pictures the model was shown in part, what it made of them, and what they are. */
export function RebuiltPictures({ examples, table }: { examples: Examples; table: TableFacts }) {
  const { width, truth, rebuilt, hidden } = examples;
  const { columnScale } = table;
  if (!columnScale) return null;
  const count = Math.min(most, truth.length / width);
  return (
    <>
      <h2>
        Rebuilt pictures <small>none of them trained on</small>
      </h2>
      <ul class="triples">
        {Array.from({ length: count }, (_, at) => {
          const part = <Values extends Float32Array | Uint8Array>(values: Values) =>
            values.slice(at * width, (at + 1) * width) as Values;
          const [seen, guess, isHidden] = [part(truth), part(rebuilt), part(hidden)];
          const made = seen.map((value, i) => (isHidden[i] ? (guess[i] as number) : value));
          return (
            <li key={at}>
              <PixelPicture
                rgb={pixelsOf(seen, columnScale, isHidden)}
                label={`Picture ${at + 1}, as shown`}
              />
              <PixelPicture rgb={pixelsOf(made, columnScale)} label={`Picture ${at + 1}, rebuilt`} />
              <PixelPicture rgb={pixelsOf(seen, columnScale)} label={`Picture ${at + 1}, the truth`} />
            </li>
          );
        })}
      </ul>
      <p class="quiet small">
        Left: what the model was shown, hidden patches grey. Middle: hidden patches as it rebuilt them. Right:
        the truth. Colours run together because the best guess under uncertainty is a mean.
      </p>
    </>
  );
}
