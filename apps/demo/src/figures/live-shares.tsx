import { useEffect, useRef, useState } from 'preact/hooks';
import { predict, raceClasses } from '../engine/racing.js';
import type { Standing } from '../method/standing.js';
import { PixelPicture } from './pixel-picture.js';
import { Shares } from './shares.js';

const everyMs = 250;

/** What the classifier takes the camera's picture for, over and over. */
export function LiveShares({ take, standing }: { take: () => Promise<Uint8Array>; standing: Standing }) {
  const [seen, setSeen] = useState<{ pixels: Uint8Array; shares: Float32Array } | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const takeNow = useRef(take);
  takeNow.current = take;
  useEffect(() => {
    let isOn = true;
    const look = async () => {
      while (isOn) {
        await new Promise((resolve) => setTimeout(resolve, everyMs));
        const pixels = await takeNow.current().catch(() => undefined); // the first frame is yet to come
        if (!pixels || !isOn) continue;
        const shares = await predict(standing, { kind: 'pixels', pixels });
        if (isOn) setSeen({ pixels, shares });
      }
    };
    look().catch((error: Error) => isOn && setProblem(error.message));
    return () => {
      isOn = false;
    };
  }, [standing]);
  if (problem) return <p class="problem">{problem}</p>;
  if (!seen) return <p class="quiet">Looking…</p>;
  return (
    <>
      <PixelPicture rgb={seen.pixels} label="What the network sees" />
      <Shares shares={seen.shares} classNames={raceClasses.value} />
    </>
  );
}
