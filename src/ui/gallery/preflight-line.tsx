/** What a teacher wants to know before the lecture, in a line: isolation, host cores, ready offline. */
import { useEffect, useState } from 'react';
import { preflight, type Preflight } from '../../store/offline.ts';
import { text } from '../text.ts';

/** Milliseconds between two looks while files are on their way. */
const LOOK_EVERY_MS = 500;

export function PreflightLine() {
  const [found, setFound] = useState<Preflight | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const look = async (): Promise<void> => {
      const now = await preflight();
      if (gone) return;
      setFound(now);
      if (now.offline === 'on-its-way') timer = setTimeout(() => void look(), LOOK_EVERY_MS);
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);
  const words = text.preflight;
  return (
    <p className="preflight" data-testid="preflight">
      <span>{words.title}</span>
      {found && (
        <>
          <span data-good={found.isolated}>{found.isolated ? words.isolated : words.notIsolated}</span>
          <span>{words.hostCores(found.hostCores)}</span>
          <span data-good={found.offline === 'ready' || found.offline === 'local'}>
            {words.offline[found.offline]}
          </span>
        </>
      )}
    </p>
  );
}
