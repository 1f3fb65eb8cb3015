import { useState } from 'preact/hooks';
import { distributionIn } from '../files/file-desk.js';
import type { Slot } from '../files/files-worker.js';
import type { Branch, Tensor } from '../files/key-tree.js';
import type { Distribution } from '../files/numbers.js';
import { Histogram } from './histogram.js';

/** One branch of the names, to open and close; its tensors show their values when opened. */
export function KeyBranch(props: { slot: Slot; branch: Branch; prefix: string; isOpen: boolean }) {
  const { slot, branch, prefix, isOpen } = props;
  // children are made when a branch is opened: a large model has thousands
  const [wasOpened, setOpened] = useState(isOpen);
  const inside = (
    <div class="branch">
      {branch.tensors.map((tensor) => (
        <TensorRow key={tensor.key} slot={slot} tensor={tensor} prefix={prefix} />
      ))}
      {branch.branches.map((child) => (
        <KeyBranch
          key={child.name}
          slot={slot}
          branch={child}
          prefix={`${prefix}${child.name}.`}
          isOpen={isOpen}
        />
      ))}
    </div>
  );
  if (branch.name === '') return inside;
  return (
    <details open={isOpen} onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary>
        <span class="mono">{branch.name}</span>{' '}
        <span class="quiet small">
          {branch.tensorCount} tensor{branch.tensorCount === 1 ? '' : 's'},{' '}
          {branch.valueCount.toLocaleString('en')} values
        </span>
      </summary>
      {(wasOpened || isOpen) && inside}
    </details>
  );
}

type Look = { state: 'closed' } | { state: 'reading' } | { state: 'failed'; message: string } | Seen;
type Seen = { state: 'seen'; distribution: Distribution | undefined };

function TensorRow({ slot, tensor, prefix }: { slot: Slot; tensor: Tensor; prefix: string }) {
  const [look, setLook] = useState<Look>({ state: 'closed' });
  const read = async () => {
    setLook({ state: 'reading' });
    try {
      setLook({ state: 'seen', distribution: await distributionIn(slot, tensor.key) });
    } catch (error) {
      setLook({ state: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <details
      class="tensor"
      onToggle={(event) => event.currentTarget.open && look.state === 'closed' && void read()}
    >
      <summary>
        <span class="mono">{tensor.key.slice(prefix.length)}</span>{' '}
        <span class="quiet small mono">
          {tensor.dtype} [{tensor.shape.join(', ')}]
        </span>
      </summary>
      {look.state === 'reading' && <p class="quiet">Reading…</p>}
      {look.state === 'failed' && <p class="problem">{look.message}</p>}
      {look.state === 'seen' &&
        (look.distribution ? (
          <Histogram name={tensor.key} distribution={look.distribution} />
        ) : (
          <p class="quiet">Values of {tensor.dtype} have no histogram here.</p>
        ))}
    </details>
  );
}
