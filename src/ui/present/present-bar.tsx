/** What Present adds to the page: the sentence of the beat, and the way to the others. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import { closeScene, goToBeat, openScene, useScene, type Scenes } from '../../store/scene-player.ts';
import { leavePresent } from '../../store/present-store.ts';
import { announce } from '../kit/announcer.tsx';
import { ChevronIcon, CloseIcon } from '../kit/icons.tsx';
import { text } from '../text.ts';
import { usePresentKeys } from './use-present-keys.ts';
import '../styles/present.css';

const words = text.scene.present;
/** Milliseconds after which a run says how far it is: what is over before need not. */
const PATIENCE = 1000;
/** CSS pixels that a finger goes sideways to turn the page. */
const SWIPE = 50;

export function PresentBar(props: { readonly scenes: Scenes }) {
  const { scenes } = props;
  const { scenario, beat, playing, ended } = useScene();
  const [unreadable, setUnreadable] = useState('');
  const section = useRef<HTMLElement>(null);
  const touched = useRef<number | null>(null);
  const beats = scenario?.beats ?? [];
  const shown = beats[beat];

  useEffect(() => {
    section.current?.focus();
    openScene(scenes).catch((error: unknown) =>
      setUnreadable(error instanceof Error ? error.message : String(error)),
    );
    return () => void closeScene();
  }, [scenes]);
  useEffect(() => {
    if (shown) announce(words.announce(shown.name, beat + 1, beats.length, shown.says));
  }, [shown, beat, beats.length]);

  const turn = useCallback((by: 1 | -1) => void goToBeat(scenes, useScene.getState().beat + by), [scenes]);
  const leave = useCallback(() => {
    leavePresent();
    announce(words.left);
    document.querySelector<HTMLElement>('[data-testid=present]')?.focus();
  }, []);
  usePresentKeys(turn, leave);

  return (
    <section
      className="present-bar"
      aria-label={words.label}
      data-testid="present-bar"
      data-beat={beat}
      data-playing={playing || undefined}
      tabIndex={-1}
      ref={section}
      onPointerDown={(event) => {
        touched.current = event.pointerType === 'touch' ? event.clientX : null;
      }}
      onPointerUp={(event) => {
        const way = touched.current === null ? 0 : event.clientX - touched.current;
        touched.current = null;
        if (Math.abs(way) >= SWIPE) turn(way < 0 ? 1 : -1);
      }}
    >
      <div className="present-words">
        <p className="present-says" data-testid="present-says" data-long={shown ? undefined : true}>
          {unreadable !== ''
            ? words.unreadable(unreadable)
            : (shown?.says ?? (scenario ? scenario.description || words.noBeats : words.reading))}
        </p>
        <p className="present-note" data-testid="present-note">
          {playing ? (
            <Progress key={beat} />
          ) : ended?.outcome === 'failed' ? (
            words.failed(ended.step)
          ) : shown ? (
            shown.name
          ) : beats.length > 0 ? (
            words.start
          ) : (
            ''
          )}
        </p>
      </div>
      {beats.length > 0 && (
        <div className="present-turn" role="group" aria-label={words.label}>
          <Button
            className="icon-button turn-back"
            aria-label={words.previous}
            aria-keyshortcuts="PageUp"
            isDisabled={beat <= 0}
            onPress={() => turn(-1)}
          >
            <ChevronIcon />
          </Button>
          <span data-testid="present-position">{words.position(beat + 1, beats.length)}</span>
          <Button
            className="icon-button turn-on"
            aria-label={words.next}
            aria-keyshortcuts="PageDown"
            isDisabled={beat >= beats.length - 1}
            onPress={() => turn(1)}
          >
            <ChevronIcon />
          </Button>
        </div>
      )}
      <Button
        className="icon-button present-leave"
        aria-label={words.leave}
        aria-keyshortcuts="Escape"
        onPress={leave}
      >
        <CloseIcon />
      </Button>
    </section>
  );
}

/** Nothing at first. */
function Progress() {
  const { done, total } = useScene();
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  if (!slow) return <>&nbsp;</>;
  return (
    <>
      <progress max={total} value={done} aria-label={words.progress(done, total)} />{' '}
      {words.progress(done, total)}
    </>
  );
}
