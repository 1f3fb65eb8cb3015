import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button, Choice, Problem, Slider } from '../controls.js';
import {
  lookForKept,
  pause,
  resume,
  run,
  skill,
  start,
  startOver,
  step,
  table,
} from '../engine/pretraining.js';
import { ExportEncoder } from '../figures/export-encoder.js';
import { LiveChart } from '../figures/live-chart.js';
import { Reconstructions } from '../figures/reconstructions.js';
import { SourcePicker } from '../figures/source-picker.js';
import { patch } from '../method/pictures.js';
import { sourceTitle } from '../method/source.js';
import { addressChoice, addressNumber } from '../route.js';

const maskRatio = addressNumber('pretrain', 'hide', { initial: 0.5, low: 0.1, high: 0.9 });
const steps = addressNumber('pretrain', 'steps', { initial: 800, low: 20, high: 4000 });
const seed = addressNumber('pretrain', 'seed', { initial: 7, low: 0, high: 9999 });
const unit = addressChoice('pretrain', 'unit', ['together', 'column'] as const);

export function PretrainPage() {
  useEffect(() => void lookForKept(), []);
  return (
    <>
      <section class="lead">
        <h1>Learn from rows that nobody labelled.</h1>
        <p>
          A part of every row is hidden and an autoencoder learns to rebuild it. Its encoder is what the next
          steps start from. It trains in this page, and what it has learned is kept on this device, also when
          you close the tab.
        </p>
      </section>
      {run.problem.value && <Problem>{run.problem.value}</Problem>}
      {run.warning.value && <Problem>{run.warning.value}</Problem>}
      <Setup />
      {run.curve.value.length + run.checks.value.length > 0 && <Progress />}
    </>
  );
}

function Setup() {
  const state = run.state.value;
  const isBusy = state === 'running' || state === 'pausing' || state === 'paused';
  const facts = table.value;
  const begin = () =>
    facts &&
    void start({
      maskRatio: maskRatio.value,
      groupSize: unit.value === 'column' ? 1 : facts.groupSize,
      steps: steps.value,
      seed: seed.value,
    });
  return (
    <section class="card" aria-label="Settings">
      <SourcePicker disabled={isBusy} />
      <div class="controls">
        <Slider
          label="Share hidden"
          value={maskRatio}
          low={0.1}
          high={0.9}
          step={0.05}
          show={(value) => `${Math.round(100 * value)} %`}
          disabled={isBusy}
        />
        <Slider label="Steps" value={steps} low={20} high={4000} step={20} disabled={isBusy} />
        <Slider label="Seed" value={seed} low={0} high={99} disabled={isBusy} />
      </div>
      {facts && facts.groupSize > 1 && facts.reconstruction !== 'cross-entropy' && (
        <Choice
          label="What is hidden at once"
          value={unit}
          options={[
            { value: 'together', label: `patches of ${patch} × ${patch} pixels` },
            { value: 'column', label: 'single values' },
          ]}
          disabled={isBusy}
        />
      )}
      <RunButtons begin={begin} canBegin={facts !== undefined && state !== 'looking'} />
      <Status />
    </section>
  );
}

/** One main button that changes its meaning: whoever pressed it by keyboard stays on it. */
function RunButtons({ begin, canBegin }: { begin: () => void; canBegin: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const state = run.state.value;
  const [label, act] = {
    looking: ['Pre-train', begin],
    none: ['Pre-train', begin],
    done: ['Pre-train again', begin],
    running: ['Pause', pause],
    pausing: ['Pausing…', () => {}],
    paused: [`Continue from step ${step.value}`, () => void resume()],
  }[state] as [string, () => void];
  const isStart = state === 'looking' || state === 'none' || state === 'done';
  return (
    <div class="buttons" ref={place}>
      <Button kind="main" disabled={isStart && !canBegin} onClick={act}>
        {label}
      </Button>
      {state === 'paused' && (
        <Button
          onClick={() => {
            place.current?.querySelector('button')?.focus();
            void startOver();
          }}
        >
          Start over
        </Button>
      )}
    </div>
  );
}

/** At most about once a second, so that it can be read out. */
function Status() {
  const spoken = useSignal('');
  const text = useComputed(statusText);
  useEffect(() => {
    const timer = setInterval(() => {
      spoken.value = text.value;
    }, 1000);
    return () => clearInterval(timer);
  }, []);
  const total = run.settings.value?.steps ?? 1;
  return (
    <>
      {run.state.value === 'running' && <progress value={step.value} max={total} aria-label="Pre-training" />}
      <p class="quiet" data-status={run.state.value} data-tensors={run.tensors.value}>
        <span aria-hidden="true">{text.value}</span>
        {run.state.value === 'running' && run.millisecondsPerStep.value > 0 && (
          <span aria-hidden="true">
            {' '}
            · {run.millisecondsPerStep.value.toFixed(1)} ms a step · {run.tensors.value} tensors in memory
            {run.isKept.value && ` · kept up to step ${run.keptStep.value}${placeText()}`}
          </span>
        )}
        <span class="sr" role="status">
          {spoken.value}
        </span>
      </p>
    </>
  );
}

function statusText(): string {
  const total = run.settings.value?.steps ?? 0;
  const isKept = run.isKept.value;
  switch (run.state.value) {
    case 'running':
      return step.value === 0 ? 'Starting the engine…' : `Step ${step.value} of ${total}`;
    case 'paused': {
      const advice = isKept
        ? `It is kept on this device${placeText()}: you may close the tab.`
        : 'There was no room to keep it on this device: leave this tab open, and continue when you like.';
      return `Paused at step ${step.value} of ${total}. ${advice}`;
    }
    case 'done': {
      const advice = isKept
        ? `The encoder is kept on this device${placeText()}.`
        : 'The encoder could not be kept on this device: take it with you below before you close the tab.';
      return `Done: ${total} steps on ${sourceTitle(run.trainedOn.value ?? run.source.value)}. ${advice}`;
    }
    default:
      return '';
  }
}

/** Where checkpoints lie, for people. */
function placeText(): string {
  if (run.place.value === undefined) return '';
  return run.place.value === 'opfs'
    ? ", in the browser's private file system"
    : ', in IndexedDB, as this browser has no private file system to write to';
}

function Progress() {
  const checks = run.checks.value;
  const last = checks.at(-1);
  const facts = table.value;
  return (
    <>
      <figure class="card">
        <dl class="facts">
          <Fact
            name="skill against the mean"
            value={skill.value === undefined ? '…' : `${Math.round(100 * skill.value)} %`}
          />
          <Fact name="loss on hidden values" value={last ? last.loss.toFixed(3) : '…'} />
          <Fact name="of guessing the mean" value={last ? last.baseline.toFixed(3) : '…'} />
          <Fact name="step" value={String(step.value)} />
        </dl>
        <LiveChart
          title="Loss by step"
          unit="loss"
          lines={[
            { label: 'training rows', colour: '--soft', width: 1 },
            { label: 'rows not trained on', colour: '--warm', width: 3, points: true },
            { label: 'guessing the mean', colour: '--scratch', dash: [8, 6] },
          ]}
          data={chartData()}
        />
        <figcaption>
          <p>
            Skill is the share of the loss of guessing each column's mean that the model takes away, on rows
            it is not trained on, under masks that never change: 0 % knows nothing of how the columns hang
            together.
            {facts?.reconstruction === 'cross-entropy' &&
              ' Most letters of DNA cannot be told from their neighbours. The few percent that can are where splice sites differ, which is why so small a skill goes so far under Fine-tune.'}
          </p>
        </figcaption>
      </figure>
      {run.examples.value && facts && facts.width === run.examples.value.width && (
        <section class="card" aria-label="Rebuilt values">
          <Reconstructions examples={run.examples.value} table={facts} />
        </section>
      )}
      {run.encoder.value && <ExportEncoder />}
    </>
  );
}

/** Steps, training loss, loss at checks, loss of the mean. */
function chartData(): [number[], (number | null)[], (number | null)[], (number | null)[]] {
  const checks = new Map(run.checks.value.map((check) => [check.step, check]));
  const losses = new Map(run.curve.value);
  const all = [...new Set([...checks.keys(), ...losses.keys()])].sort((a, b) => a - b);
  return [
    all,
    all.map((at) => losses.get(at) ?? null),
    all.map((at) => checks.get(at)?.loss ?? null),
    all.map((at) => checks.get(at)?.baseline ?? null),
  ];
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
