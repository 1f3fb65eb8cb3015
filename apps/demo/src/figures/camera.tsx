import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../controls.js';
import { smallPicture } from '../method/read-pictures.js';

/** The camera, once it is asked for; what it sees goes nowhere but to `children`'s use of `take`. */
export function Camera({ children }: { children: (take: () => Promise<Uint8Array>) => ComponentChildren }) {
  const video = useRef<HTMLVideoElement>(null);
  const [isOn, setOn] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const stream = useRef<MediaStream | undefined>(undefined);
  const turnOff = () => {
    for (const track of stream.current?.getTracks() ?? []) track.stop();
    stream.current = undefined;
    setOn(false);
  };
  useEffect(() => turnOff, []);
  const turnOn = async () => {
    setProblem(undefined);
    try {
      stream.current = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 } });
      setOn(true);
    } catch (error) {
      setProblem(whyNot(error));
    }
  };
  useEffect(() => {
    if (isOn && video.current && stream.current) video.current.srcObject = stream.current;
  }, [isOn]);
  const take = async () => {
    const element = video.current;
    if (!element || element.readyState < element.HAVE_CURRENT_DATA)
      throw new Error('The camera is not ready yet.');
    return smallPicture(element);
  };
  return (
    <div class="camera">
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {isOn ? (
        <>
          <video ref={video} autoPlay muted playsInline aria-label="What the camera sees" />
          <div class="camera-side">
            {children(take)}
            <Button onClick={turnOff}>Turn the camera off</Button>
          </div>
        </>
      ) : (
        <Button onClick={() => void turnOn()}>Use the camera</Button>
      )}
    </div>
  );
}

function whyNot(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError')
    return 'The browser was not allowed to use the camera. Allow it in the address bar, or drop pictures.';
  if (name === 'NotFoundError') return 'There is no camera on this device. Drop pictures instead.';
  if (name === 'NotReadableError')
    return 'The camera is in use by another program. Close that, or drop pictures.';
  return `The camera could not be used (${error instanceof Error ? error.message : String(error)}). Drop pictures instead.`;
}
