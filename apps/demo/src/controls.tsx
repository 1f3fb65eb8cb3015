import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { chosenFiles, type DroppedFile, droppedFiles } from './files/dropped-files.js';

/** A labelled slider with its value beside it. */
export function Slider(props: {
  label: string;
  value: Signal<number>;
  low: number;
  high: number;
  step?: number;
  /** how the value reads */
  show?: (value: number) => string;
  disabled?: boolean;
}) {
  const { label, value, low, high, step = 1, show = String, disabled = false } = props;
  const id = useId();
  return (
    <div class="control">
      <label for={id}>{label}</label>
      <output for={id}>{show(value.value)}</output>
      <input
        id={id}
        type="range"
        min={low}
        max={high}
        step={step}
        value={value.value}
        disabled={disabled}
        aria-valuetext={show(value.value)}
        onInput={(event) => {
          value.value = Number(event.currentTarget.value);
        }}
      />
    </div>
  );
}

/** One of a few, as a row of radio buttons. */
export function Choice<Value extends string>(props: {
  label: string;
  value: Signal<Value>;
  options: readonly { value: Value; label: string }[];
  disabled?: boolean;
}) {
  const { label, value, options, disabled = false } = props;
  const name = useId();
  return (
    <fieldset class="choice" disabled={disabled}>
      <legend>{label}</legend>
      <div class="choice-row">
        {options.map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name={name}
              checked={value.value === option.value}
              onChange={() => {
                value.value = option.value;
              }}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function Button(props: {
  onClick: () => void;
  children: ComponentChildren;
  kind?: 'main' | 'plain';
  disabled?: boolean;
}) {
  const { kind = 'plain', disabled = false } = props;
  return (
    <button type="button" class={`button ${kind}`} disabled={disabled} onClick={props.onClick}>
      {props.children}
    </button>
  );
}

/** What went wrong, in words, where it happened. Read out at once. */
export function Problem({ children }: { children: ComponentChildren }) {
  return (
    <div class="problem" role="alert">
      {children}
    </div>
  );
}

/** A place to drop a file on, with a file input behind it for the keyboard. */
export function DropZone(props: {
  label: string;
  hint: string;
  accept?: string;
  multiple?: boolean;
  /** offers to choose a folder too */
  folders?: boolean;
  onFiles: (files: DroppedFile[]) => void;
}) {
  const { label, hint, accept, multiple = false, folders = false, onFiles } = props;
  const id = useId();
  const give = (files: DroppedFile[]) => files.length > 0 && onFiles(files);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the input inside is what keyboards use
    <div
      class="drop"
      onDragOver={(event) => {
        event.preventDefault();
        event.currentTarget.classList.add('over');
      }}
      onDragLeave={(event) => event.currentTarget.classList.remove('over')}
      onDrop={(event) => {
        event.preventDefault();
        event.currentTarget.classList.remove('over');
        void droppedFiles(event.dataTransfer).then(give);
      }}
    >
      <input
        id={id}
        type="file"
        {...(accept ? { accept } : {})}
        multiple={multiple}
        onChange={(event) => {
          const files = chosenFiles(event.currentTarget.files);
          event.currentTarget.value = '';
          give(files);
        }}
      />
      <label for={id}>
        <strong>{label}</strong>
        <span>{hint}</span>
      </label>
      {folders && <FolderChoice onFiles={give} />}
    </div>
  );
}

function FolderChoice({ onFiles }: { onFiles: (files: DroppedFile[]) => void }) {
  return (
    <label class="folder-choice">
      <input
        type="file"
        multiple
        ref={(input) => input?.setAttribute('webkitdirectory', '')}
        onChange={(event) => {
          const files = chosenFiles(event.currentTarget.files).filter(
            ({ file }) => !file.name.startsWith('.'),
          );
          event.currentTarget.value = '';
          onFiles(files);
        }}
      />
      <span>or choose a folder</span>
    </label>
  );
}
