import type { Comparison } from '../files/compare.js';

const most = 12;

/** Two checkpoints held against each other, in words and by tensor. */
export function ComparisonTable({ comparison, a, b }: { comparison: Comparison; a: string; b: string }) {
  const { verdict, changed, equal, equalCount, onlyInA, onlyInB, shape } = comparison;
  return (
    <section class="card" aria-label="Comparison">
      <h2>{equal ? 'The two are equal' : `${a} against ${b}`}</h2>
      <p>
        {equalCount} tensor{equalCount === 1 ? ' is' : 's are'} equal, {changed.length} differ
        {changed.length === 1 ? 's' : ''} in values, {shape.length} in shape; {onlyInA.length} only in the
        first, {onlyInB.length} only in the second. Loading the second into a model with the first's tensors
        would say:
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{verdict}</pre>
      {changed.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <div class="scroll" tabIndex={0}>
          <table>
            <caption>
              Largest differences{changed.length > most ? `, ${most} of ${changed.length}` : ''}
            </caption>
            <thead>
              <tr>
                <th scope="col">tensor</th>
                <th scope="col" class="number">
                  largest difference
                </th>
              </tr>
            </thead>
            <tbody>
              {changed.slice(0, most).map(({ key, maxAbs }) => (
                <tr key={key}>
                  <td class="mono">{key}</td>
                  <td class="number">
                    {maxAbs === null ? 'differs, not in finite numbers' : maxAbs.toPrecision(3)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
