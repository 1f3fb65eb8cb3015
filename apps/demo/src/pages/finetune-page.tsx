import { useEffect } from 'preact/hooks';
import { Button, Choice, Problem, Slider } from '../controls.js';
import { lookForKept, run } from '../engine/pretraining.js';
import { prepareRace, race, startRace } from '../engine/racing.js';
import { ConfusionMatrix } from '../figures/confusion-matrix.js';
import { NeedsEncoder } from '../figures/needs-encoder.js';
import { PredictCard } from '../figures/predict-card.js';
import {
  armTitles,
  pairedGain,
  percent,
  points,
  RaceFigure,
  StandingsTable,
} from '../figures/race-figure.js';
import { budget } from '../method/race.js';
import { sourceTitle } from '../method/source.js';
import { type ArmName, armNames, type Standing } from '../method/standing.js';
import { addressChoice, addressNumber, addressOf } from '../route.js';

const labels = addressNumber('finetune', 'labels', { initial: 20, low: 4, high: 200 });
const draws = addressNumber('finetune', 'draws', { initial: 5, low: 2, high: 20 });
const seed = addressNumber('finetune', 'seed', { initial: 7, low: 0, high: 99 });
const confused = addressChoice('finetune', 'arm', armNames);

export function FinetunePage() {
  useEffect(() => {
    void lookForKept().then(prepareRace);
  }, []);
  return (
    <>
      <section class="lead">
        <h1>A handful of labels, used in every way there is.</h1>
        <p>
          The same few labelled rows train a new network from scratch, a head on your frozen encoder, and the
          encoder itself, with and without guides. Every arm gets the same labels, steps and learning rates;
          the race is run again on other draws of labels, as one draw proves nothing.
        </p>
      </section>
      {race.problem.value && <Problem>{race.problem.value}</Problem>}
      {run.encoder.value ? <Race /> : <NeedsEncoder />}
    </>
  );
}

function Race() {
  const facts = race.table.value;
  if (!facts) return race.problem.value ? null : <p class="quiet">Reading the rows…</p>;
  if (facts.classNames.length < 2) {
    return (
      <div class="note">
        <p>
          The rows of this encoder have no classes. Choose their column under{' '}
          <a href={addressOf('pretrain')}>Pre-train</a> and pre-train again.
        </p>
      </div>
    );
  }
  const standings = race.standings.value;
  const source = run.trainedOn.value;
  return (
    <>
      <Settings />
      {standings.length > 0 && (
        <figure class="card">
          <p class="verdict" role="status">
            {race.state.value === 'done' ? verdict(standings) : ''}
          </p>
          <RaceFigure standings={standings} />
          <StandingsTable standings={standings} />
          <figcaption>
            <p>
              Learning rate ({budget.learningRates.join(', ')}) and steps are chosen per arm by validation
              rows, once for all draws; test rows play no part in it. Validation rows are labelled, more of
              them than are trained on: a real project with so few labels would have to choose with less.
            </p>
          </figcaption>
        </figure>
      )}
      {race.state.value === 'done' && <Confusion standings={standings} classNames={facts.classNames} />}
      {race.state.value === 'done' && source && <PredictCard source={source} table={facts} />}
    </>
  );
}

function Settings() {
  const isRunning = race.state.value === 'running';
  const least = race.table.value?.classNames.length ?? 2;
  const source = run.trainedOn.value;
  return (
    <section class="card" aria-label="Settings">
      <p>
        Encoder: {source && sourceTitle(source)}. Guides:{' '}
        {race.hasGuides.value ? (
          'yours take part, and the same values shuffled'
        ) : (
          <>
            none yet (<a href={addressOf('guides')}>send scouts</a> to let them take part)
          </>
        )}
        .
      </p>
      <div class="controls">
        <Slider
          label="Labelled rows"
          value={labels}
          low={Math.max(4, least)}
          high={200}
          disabled={isRunning}
        />
        <Slider label="Draws of labels" value={draws} low={2} high={20} disabled={isRunning} />
        <Slider label="Seed" value={seed} low={0} high={99} disabled={isRunning} />
        <Button
          kind="main"
          disabled={isRunning}
          onClick={() => void startRace({ labels: labels.value, draws: draws.value, seed: seed.value })}
        >
          {isRunning ? 'Racing…' : 'Start the race'}
        </Button>
      </div>
      {isRunning && (
        <progress value={race.done.value} max={Math.max(1, race.total.value)} aria-label="Runs finished" />
      )}
      <p class="quiet" data-race={race.state.value} aria-hidden="true">
        {race.total.value > 0 && `${race.done.value} of ${race.total.value} runs`}
      </p>
    </section>
  );
}

function Confusion({
  standings,
  classNames,
}: {
  standings: readonly Standing[];
  classNames: readonly string[];
}) {
  const shown = standings.find(({ name }) => name === confused.value) ?? standings[0];
  if (!shown) return null;
  return (
    <section class="card" aria-label="Confusion matrix">
      <h2>What is taken for what</h2>
      <Choice
        label="Arm"
        value={confused}
        options={standings.map(({ name }) => ({ value: name, label: armTitles[name] }))}
      />
      <p class="quiet small">
        What test rows of each class are taken for, in percent of the class, all draws together.
      </p>
      <ConfusionMatrix counts={shown.confusion} classNames={classNames} title={armTitles[shown.name]} />
    </section>
  );
}

const subjects: Partial<Record<ArmName, string>> = {
  frozen: 'the frozen encoder under a new head',
  finetune: 'the fine-tuned encoder',
  guided: 'the encoder fine-tuned with guides',
};

/** The arm from the encoder that validation rows like best, against scratch, with its interval. */
function verdict(standings: readonly Standing[]): string {
  const scratch = standings.find(({ name }) => name === 'scratch');
  const warm = standings.filter(({ name }) => name === 'frozen' || name === 'finetune' || name === 'guided');
  const best = [...warm].sort((a, b) => b.validation - a.validation)[0];
  if (!scratch || !best) return '';
  const { mean, low, high } = pairedGain(best, scratch);
  const start = `With ${race.settings.value?.labels} labels ${subjects[best.name]} is right on ${percent(best.accuracy.mean)} of test rows, a network from scratch on ${percent(scratch.accuracy.mean)}.`;
  const interval = `${points(mean)} points, 95 % interval ${points(low)} to ${points(high)}`;
  const guided = aboutGuides(standings);
  if (low > 0) return `${start} The gain holds over draws: ${interval}. ${guided}`;
  if (high < 0) return `${start} Pre-training does harm here: ${interval}. ${guided}`;
  return `${start} No difference is established: ${interval}. ${guided}`;
}

/** Whether guides carry information: they must beat themselves in shuffled places. */
function aboutGuides(standings: readonly Standing[]): string {
  const guided = standings.find(({ name }) => name === 'guided');
  const shuffled = standings.find(({ name }) => name === 'shuffled');
  if (!guided || !shuffled) return '';
  const { mean, low, high } = pairedGain(guided, shuffled);
  if (low === 0 && high === 0) return 'Guides and their shuffled selves do exactly as well here.';
  const interval = `${points(mean)} points, ${points(low)} to ${points(high)}`;
  if (low > 0) return `Guides beat their shuffled selves: ${interval}.`;
  if (high < 0) return `Guides do worse than their shuffled selves: ${interval}.`;
  return `Guides do not beat their shuffled selves here: ${interval}.`;
}
