import { Choice } from '../controls.js';
import { addressChoice } from '../route.js';

const moments = ['pretrain', 'frozen', 'finetune'] as const;
const moment = addressChoice('why', 'part', moments);

const captions: Record<(typeof moments)[number], string> = {
  pretrain:
    'The encoder turns a row into a description, the decoder turns the description back into the hidden values. Both learn, from unlabelled rows only.',
  frozen:
    'The decoder has done its work and is dropped. A new head, one linear layer, learns to read the answer off the description. With very few labels it is safest that nothing else moves.',
  finetune:
    'Then the encoder may move too, gently, from where the head already works. With more labels it moves further.',
};

/** Encoder, decoder and head, and which of them learns when. */
export function PartsFigure() {
  const now = moment.value;
  const isPretraining = now === 'pretrain';
  return (
    <figure class="card">
      <Choice
        label="Step"
        value={moment}
        options={[
          { value: 'pretrain', label: '1 Pre-train' },
          { value: 'frozen', label: '2 New head, encoder frozen' },
          { value: 'finetune', label: '3 Fine-tune' },
        ]}
      />
      <svg class="parts" viewBox="0 0 720 190" role="img" aria-label={captions[now]}>
        <Arrow from={96} to={150} />
        <Part x={150} wide={150} label="encoder" learns={now !== 'frozen'} narrowing />
        <Arrow from={300} to={352} />
        <g class="description">
          {[0, 1, 2, 3, 4].map((i) => (
            <rect key={i} x={356} y={45 + 21 * i} width="16" height="16" rx="3" />
          ))}
        </g>
        <text x={364} y={176}>
          description
        </text>
        <Arrow from={376} to={428} />
        {isPretraining ? (
          <Part x={428} wide={150} label="decoder" learns />
        ) : (
          <Part x={428} wide={70} label="head" learns small />
        )}
        <Arrow from={isPretraining ? 578 : 498} to={isPretraining ? 624 : 550} />
        <RowOfCells
          x={24}
          hidden={isPretraining ? [1, 4, 5] : []}
          label={isPretraining ? 'row, masked' : 'row'}
        />
        {isPretraining ? (
          <RowOfCells x={628} hidden={[]} rebuilt={[1, 4, 5]} label="rebuilt" />
        ) : (
          <text class="answer" x={556} y={101}>
            answer
          </text>
        )}
      </svg>
      <figcaption>
        <p>{captions[now]}</p>
      </figcaption>
    </figure>
  );
}

function Part(props: {
  x: number;
  wide: number;
  label: string;
  learns: boolean;
  narrowing?: boolean;
  small?: boolean;
}) {
  const { x, wide, label, learns, narrowing = false, small = false } = props;
  const [left, right] = small ? [34, 26] : narrowing ? [74, 44] : [44, 74];
  const middle = 96;
  const points = [
    [x, middle - left],
    [x + wide, middle - right],
    [x + wide, middle + right],
    [x, middle + left],
  ];
  return (
    <g class={learns ? 'part learns' : 'part still'}>
      <polygon points={points.map((point) => point.join(',')).join(' ')} />
      <text x={x + wide / 2} y={middle - 3}>
        {label}
      </text>
      <text class="state" x={x + wide / 2} y={middle + 17}>
        {learns ? 'learns' : 'frozen'}
      </text>
    </g>
  );
}

function Arrow({ from, to }: { from: number; to: number }) {
  return <path class="arrow" d={`M${from + 6} 96H${to - 8}m-6 -5l6 5l-6 5`} />;
}

function RowOfCells(props: { x: number; hidden: number[]; rebuilt?: number[]; label: string }) {
  const { x, hidden, rebuilt = [], label } = props;
  return (
    <g class="cells">
      {Array.from({ length: 7 }, (_, i) => (
        <rect
          key={i}
          class={hidden.includes(i) ? 'cell-hidden' : rebuilt.includes(i) ? 'cell-rebuilt' : 'cell'}
          x={x}
          y={24 + 20 * i}
          width="66"
          height="15"
          rx="3"
        />
      ))}
      <text x={x + 33} y={176}>
        {label}
      </text>
    </g>
  );
}
