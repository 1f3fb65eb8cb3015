import { toBytes } from '@warmstart/core-checkpoint';
import { useState } from 'preact/hooks';
import { Button } from '../controls.js';
import { ask } from '../engine/studio.js';
import { download } from '../files/file-desk.js';
import { isBundled, type Source } from '../method/source.js';

/** The rows as the page prepared them, which the exported programs read; sample data come with the packages. */
export function TakeRows({ source }: { source: Source }) {
  const [problem, setProblem] = useState('');
  if (isBundled(source)) return null;
  const give = async () => {
    try {
      const { features, labels, width } = await ask({ kind: 'prepared-rows', source });
      const rows = new Map([
        ['features', { dtype: 'float32', shape: [labels.length, width], data: features }],
        ['label', { dtype: 'int32', shape: [labels.length], data: labels }],
      ] as const);
      download(toBytes(rows, 'safetensors'), 'rows.safetensors');
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <Button onClick={() => void give()}>rows.safetensors</Button>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
