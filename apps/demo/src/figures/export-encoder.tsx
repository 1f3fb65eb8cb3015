import { toBytes } from '@warmstart/core-checkpoint';
import { Button } from '../controls.js';
import { run, skill } from '../engine/pretraining.js';
import { download } from '../files/file-desk.js';
import { pretrainProgram } from '../method/program.js';
import { addressOf } from '../route.js';
import { ProgramText } from './program-text.js';
import { TakeRows } from './take-rows.js';

/** The trained encoder as files, and the program that does the same on Node. */
export function ExportEncoder() {
  const [encoder, settings, source] = [run.encoder.value, run.settings.value, run.trainedOn.value];
  if (!encoder || !settings || !source) return null;
  const metadata = {
    ...Object.fromEntries(Object.entries(settings).map(([k, v]) => [k, String(v)])),
    skill: (skill.value ?? 0).toFixed(4),
  };
  const program = pretrainProgram(source, settings);
  return (
    <section class="card" aria-label="Take it with you">
      <h2>Take it with you</h2>
      <p>
        The encoder, four tensors under PyTorch's names: it opens in PyTorch, in the command line, and under{' '}
        <a href={addressOf('checkpoints')}>Checkpoints</a>. Or go on to{' '}
        <a href={addressOf('finetune')}>Fine-tune</a>.
      </p>
      <div class="buttons">
        <Button
          onClick={() => download(toBytes(encoder, 'safetensors', { metadata }), 'encoder.safetensors')}
        >
          encoder.safetensors
        </Button>
        <Button onClick={() => download(toBytes(encoder, 'pytorch'), 'encoder.pt')}>encoder.pt</Button>
        <TakeRows source={source} />
        <Button onClick={() => download(program, 'pretrain.ts')}>pretrain.ts</Button>
      </div>
      <ProgramText summary="The TypeScript program that does the same" program={program} />
    </section>
  );
}
