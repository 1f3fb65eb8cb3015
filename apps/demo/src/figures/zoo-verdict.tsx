import { useEffect, useId, useState } from 'preact/hooks';
import { matchWithZoo } from '../files/file-desk.js';
import type { OpenedFile, Slot } from '../files/files-worker.js';
import type { ZooMatch } from '../files/zoo-match.js';

/** Which network of the zoo a checkpoint belongs to, in words, and how it fits any other. */
export function ZooVerdict({ slot, file }: { slot: Slot; file: OpenedFile }) {
  const [matches, setMatches] = useState<ZooMatch[] | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [chosen, choose] = useState<string | undefined>(undefined);
  const id = useId();
  useEffect(() => {
    let isCurrent = true;
    setMatches(undefined);
    choose(undefined);
    matchWithZoo(slot).then(
      (found) => isCurrent && setMatches(found),
      (error: Error) => isCurrent && setProblem(error.message),
    );
    return () => {
      isCurrent = false;
    };
  }, [slot, file]);
  if (problem) return <p class="problem">{problem}</p>;
  const best = matches?.[0];
  if (!matches || !best) return <p class="quiet">Holding it against the model zoo…</p>;
  const shown = matches.find(({ model }) => model === chosen) ?? best;
  return (
    <section class="zoo" aria-label="Match with the model zoo">
      <p role="status">
        <strong>{best.matched === 0 && !chosen ? noNetwork : verdict(shown)}</strong>
      </p>
      <div class="control">
        <label for={id}>Hold it against</label>
        <select id={id} value={shown.model} onChange={(event) => choose(event.currentTarget.value)}>
          {matches.map(({ model, matched, wanted }) => (
            <option key={model} value={model}>
              {model} ({matched} of {wanted})
            </option>
          ))}
        </select>
      </div>
      {shown.matched > 0 && !shown.ok && (
        <details>
          <summary>What does not match</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre tabIndex={0}>{shown.report}</pre>
        </details>
      )}
    </section>
  );
}

const noNetwork = 'No network of the zoo has tensors by these names and shapes.';

function verdict({ model, domain, paper, via, ok, matched, wanted, unexpected }: ZooMatch): string {
  const renaming = via ? `, renamed by ${via}()` : '';
  if (ok) return `All ${wanted} tensors match: this is ${model} (${domain}, ${paper})${renaming}.`;
  if (matched === 0) return `Not one tensor has a name and shape of ${model}.`;
  if (matched === wanted) {
    return `Everything ${model} needs is there${renaming}; ${unexpected} more tensors have no place in it, such as a head.`;
  }
  return `${matched} of the ${wanted} tensors of ${model} are there${renaming}; ${wanted - matched} are missing or of another shape, ${unexpected} others have no place in it.`;
}
