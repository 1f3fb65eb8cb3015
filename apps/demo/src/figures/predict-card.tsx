import { useId, useState } from 'preact/hooks';
import { Button } from '../controls.js';
import { predict } from '../engine/racing.js';
import { newRowFor } from '../method/new-row.js';
import type { Source } from '../method/source.js';
import type { TableFacts } from '../method/table.js';

/** One new row, typed, and what the classifier takes it for. */
export function PredictCard({ source, table }: { source: Source; table: TableFacts }) {
  const entry = newRowFor(source, table);
  const [text, setText] = useState(entry.example);
  const [shares, setShares] = useState<Float32Array | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const id = useId();
  const ask = async () => {
    setProblem(undefined);
    try {
      setShares(await predict(entry.read(text)));
    } catch (error) {
      setShares(undefined);
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <section class="card" aria-label="Predict">
      <h2>Try it on something new</h2>
      <p class="quiet">The frozen encoder with the head of the first draw of labels; {entry.hint}.</p>
      <label for={id}>{entry.label}</label>
      <textarea id={id} rows={3} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      <div class="buttons">
        <Button onClick={() => void ask()}>Predict</Button>
      </div>
      <div role="status">
        {problem && <p class="problem">{problem}</p>}
        {shares && (
          <dl class="shares">
            {table.classNames.map((name, label) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <meter min={0} max={1} value={shares[label] ?? 0} aria-label={`probability of ${name}`} />
                  {(100 * (shares[label] ?? 0)).toFixed(1)} %
                </dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </section>
  );
}
