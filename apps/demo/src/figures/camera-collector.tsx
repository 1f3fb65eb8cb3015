import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../controls.js';
import { takeFrames } from '../engine/collecting.js';
import { fewestPictures, mostPictures } from '../method/pictures.js';
import { Camera } from './camera.js';
import { PixelPicture } from './pixel-picture.js';

const everyMs = 120;

/** Records small pictures while it runs; they become the rows to learn from. */
export function CameraCollector() {
  return <Camera>{(take) => <Recorder take={take} />}</Camera>;
}

function Recorder({ take }: { take: () => Promise<Uint8Array> }) {
  const [frames, setFrames] = useState<Uint8Array[]>([]);
  const [isRecording, setRecording] = useState(false);
  const takeNow = useRef(take);
  takeNow.current = take;
  useEffect(() => {
    if (!isRecording) return;
    const timer = setInterval(() => {
      takeNow.current().then(
        (frame) => setFrames((known) => (known.length < mostPictures ? [...known, frame] : known)),
        () => {}, // the first frame is yet to come
      );
    }, everyMs);
    return () => clearInterval(timer);
  }, [isRecording]);
  const last = frames.at(-1);
  const lacking = fewestPictures - frames.length;
  return (
    <>
      <p class="quiet small">
        Show the camera what you want told apart, from all sides, one thing after the other. Each picture is
        kept as 24 × 24 pixels; you name the classes later, under Fine-tune.
      </p>
      {last && <PixelPicture rgb={last} label="The last picture, as the network sees it" />}
      <p role="status">
        {frames.length} pictures{lacking > 0 ? `, ${lacking} more are needed` : ''}
      </p>
      <div class="buttons">
        <Button kind="main" onClick={() => setRecording(!isRecording)}>
          {isRecording ? 'Stop recording' : 'Record'}
        </Button>
        <Button
          disabled={isRecording || lacking > 0}
          onClick={() => {
            void takeFrames(frames);
          }}
        >
          Learn from these
        </Button>
        {frames.length > 0 && !isRecording && <Button onClick={() => setFrames([])}>Discard</Button>}
      </div>
    </>
  );
}
