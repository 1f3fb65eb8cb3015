import { toBytes } from '@warmstart/core-checkpoint';
import type { StateDict } from '@warmstart/shapes';
import { useState } from 'preact/hooks';
import { Button, Problem } from '../controls.js';
import { run } from '../engine/pretraining.js';
import { classifierOf, race, raceClasses } from '../engine/racing.js';
import { download } from '../files/file-desk.js';
import { finetuneProgram } from '../method/finetune-program.js';
import type { Source } from '../method/source.js';
import type { Standing } from '../method/standing.js';
import { ProgramText } from './program-text.js';
import { armTitles } from './race-figure.js';
import { TakeRows } from './take-rows.js';

/** The classifier of an arm as files, and the program that trains it on Node. */
export function TakeClassifier({ source, standing }: { source: Source; standing: Standing }) {
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [settings, pretraining] = [race.settings.value, run.settings.value];
  if (!settings || !pretraining) return null;
  const give = async (make: (classifier: StateDict) => Uint8Array, name: string) => {
    setProblem(undefined);
    try {
      download(make(await classifierOf(standing)), name);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const metadata = { classes: JSON.stringify(raceClasses.value), arm: standing.name };
  const program = finetuneProgram(source, settings, standing, raceClasses.value);
  return (
    <section class="card" aria-label="Take the classifier with you">
      <h2>Take it with you</h2>
      <p>
        The classifier “{armTitles[standing.name]}”:{' '}
        {settings.hand ? 'trained on all labels given by hand' : 'trained on the first draw of labels'},
        encoder and head under PyTorch's names. The program trains it again on Node, from{' '}
        {needsGuides(standing)
          ? 'the two files you take away under Guides'
          : 'the encoder you take away under Pre-train'}
        .
      </p>
      {problem && <Problem>{problem}</Problem>}
      <div class="buttons">
        <Button
          onClick={() =>
            void give((all) => toBytes(all, 'safetensors', { metadata }), 'classifier.safetensors')
          }
        >
          classifier.safetensors
        </Button>
        <Button onClick={() => void give((all) => toBytes(all, 'pytorch'), 'classifier.pt')}>
          classifier.pt
        </Button>
        <Button
          onClick={() =>
            void give((all) => toBytes(headOf(all), 'safetensors', { metadata }), 'head.safetensors')
          }
        >
          head.safetensors
        </Button>
        <TakeRows source={source} />
        <Button onClick={() => download(program, 'finetune.ts')}>finetune.ts</Button>
      </div>
      <ProgramText summary="The TypeScript program that fine-tunes the same way" program={program} />
    </section>
  );
}

function needsGuides({ name }: Standing): boolean {
  return name === 'guided' || name === 'shuffled';
}

/** The head alone, without the prefix of its paths. */
function headOf(classifier: StateDict): StateDict {
  return new Map(
    [...classifier]
      .filter(([path]) => path.startsWith('head.'))
      .map(([path, tensor]) => [path.slice('head.'.length), tensor]),
  );
}
