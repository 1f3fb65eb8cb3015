import { toBytes } from '@warmstart/core-checkpoint';
import { saveGuides } from '@warmstart/guided-tl';
import { useEffect } from 'preact/hooks';
import { Button, Choice, Problem, Slider } from '../controls.js';
import { lookForKept, run } from '../engine/pretraining.js';
import { lookForGuides, recall, type ScoutState, scouting, sendScouts } from '../engine/scouting.js';
import { HeatScale } from '../figures/heat-scale.js';
import { HeatStrip } from '../figures/heat-strip.js';
import { NeedsEncoder } from '../figures/needs-encoder.js';
import { ProgramText } from '../figures/program-text.js';
import { download } from '../files/file-desk.js';
import type { GuidesFound } from '../method/guiding.js';
import { scoutProgram } from '../method/scout-program.js';
import { addressChoice, addressNumber, addressOf } from '../route.js';

const count = addressNumber('guides', 'scouts', { initial: 24, low: 4, high: 60 });
const seed = addressNumber('guides', 'seed', { initial: 7, low: 0, high: 99 });
const side = addressChoice('guides', 'show', ['guides', 'shuffled'] as const);

export function GuidesPage() {
  useEffect(() => {
    void lookForKept().then(lookForGuides);
  }, []);
  return (
    <>
      <section class="lead">
        <h1>How far may each weight move?</h1>
        <p>
          Scouts start from your encoder. Each learns to tell two groups of similar, unlabelled rows apart.
          Where scouts take a weight to different places, tasks differ in it: it should be free. Where they
          leave it alone, it should stay. One number per weight, its guide value, scales its later updates.
        </p>
      </section>
      {scouting.problem.value && <Problem>{scouting.problem.value}</Problem>}
      {scouting.warning.value && <Problem>{scouting.warning.value}</Problem>}
      {run.encoder.value ? <Scouts /> : <NeedsEncoder />}
      {run.encoder.value && scouting.found.value && <Found found={scouting.found.value} />}
    </>
  );
}

function Scouts() {
  const isRunning = scouting.state.value === 'running';
  const states = scouting.scouts.value;
  const finished = states.filter((state) => state === 'finished').length;
  return (
    <section class="card" aria-label="Scouts">
      <div class="controls">
        <Slider label="Scouts" value={count} low={4} high={60} disabled={isRunning} />
        <Slider label="Seed" value={seed} low={0} high={99} disabled={isRunning} />
        {isRunning ? (
          <Button onClick={recall}>Recall them</Button>
        ) : (
          <Button kind="main" onClick={() => void sendScouts(count.value, seed.value)}>
            Send scouts
          </Button>
        )}
      </div>
      {states.length > 0 && (
        <>
          <div class="scouts" aria-hidden="true">
            {states.map((state, index) => (
              <span key={index} class={`scout ${state}`} title={`scout ${index + 1}: ${state}`}>
                {marks[state]}
              </span>
            ))}
          </div>
          <p class="quiet" role="status" data-scouts={scouting.state.value}>
            {finished} of {states.length} scouts are back
            {isRunning && `, ${scouting.lanes.value} at a time`}
            {problemsOf(states)}.
          </p>
        </>
      )}
    </section>
  );
}

const marks: Record<ScoutState, string> = {
  waiting: '·',
  started: '→',
  finished: '✓',
  diverged: '∞',
  failed: '✕',
};

function problemsOf(states: readonly ScoutState[]): string {
  const lost = states.filter((state) => state === 'diverged' || state === 'failed').length;
  return lost > 0 ? `; ${lost} did not make it and are left out` : '';
}

function Found({ found }: { found: GuidesFound }) {
  const { report, reliability } = found;
  const source = run.trainedOn.value;
  const scouts = report.scouts + report.rejected;
  const program = source && scoutProgram(source, { scouts, seed: report.seed });
  const shown = side.value === 'shuffled' ? found.shuffled : found.guides;
  return (
    <section class="card" aria-label="Guide values">
      <dl class="facts">
        <Fact name="scouts counted" value={String(report.scouts)} />
        <Fact
          name="weights that share the freedom"
          value={`${((100 * report.effectiveParameters) / report.weights).toFixed(1)} %`}
        />
        <Fact name="two halves of the scouts agree" value={reliability.toFixed(2)} />
        <Fact name="mean guide value" value={report.mean.toFixed(4)} />
      </dl>
      <p class="verdict">{sentence(reliability)}</p>
      <Choice
        label="Show"
        value={side}
        options={[
          { value: 'guides', label: 'guides' },
          { value: 'shuffled', label: 'the same values, shuffled' },
        ]}
      />
      <div class="strips">
        {[...shown].map(([key, { shape, data }]) => {
          const [outputs = 1, inputs = 1] = shape;
          const values = data as Float32Array;
          return inputs === 1 ? (
            <HeatStrip key={key} label={key} rows={1} columns={outputs} values={values} />
          ) : (
            <HeatStrip
              key={key}
              label={key}
              rows={inputs}
              columns={outputs}
              values={turned(values, outputs, inputs)}
            />
          );
        })}
      </div>
      <HeatScale />
      <p class="quiet small">
        Across: a layer's outputs; down: its inputs. Bright is free to move; brightness is the square root of
        the guide value. Vertical and horizontal streaks are units that tasks need or do not need; shuffling
        destroys them, and guides that do not beat their shuffled selves carry no information. Hold them
        against each other under <a href={addressOf('finetune')}>Fine-tune</a>.
      </p>
      <div class="buttons">
        <Button onClick={() => void saveGuides(found).then((bytes) => download(bytes, 'guides.safetensors'))}>
          guides.safetensors
        </Button>
        <Button onClick={() => download(toBytes(found.base, 'safetensors'), 'guided-base.safetensors')}>
          guided-base.safetensors
        </Button>
        {program && <Button onClick={() => download(program, 'scout.ts')}>scout.ts</Button>}
      </div>
      {program && (
        <ProgramText summary="The TypeScript program that sends the same scouts" program={program} />
      )}
    </section>
  );
}

function sentence(reliability: number): string {
  const value = reliability.toFixed(2);
  if (reliability > 0.5)
    return `The guides are repeatable: one half of the scouts agrees with the other (rank correlation ${value}).`;
  if (reliability > 0.2)
    return `The guides are somewhat repeatable (rank correlation of two halves ${value}); more scouts would help.`;
  return `The guides are hardly repeatable (rank correlation of two halves ${value}): send more scouts before relying on them.`;
}

/** [outputs, inputs] to [inputs, outputs]: wide pictures fit the page. */
function turned(values: Float32Array, outputs: number, inputs: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) result[i * outputs + o] = values[o * inputs + i] as number;
  }
  return result;
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
