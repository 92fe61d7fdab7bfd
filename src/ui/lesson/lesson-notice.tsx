import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import type { MachineView } from '../../protocol/machine-view.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { stopComing } from '../../store/lesson-player.ts';
import { useLesson } from '../../store/lesson-store.ts';
import { lessonText as words } from '../lesson-text.ts';

/** Milliseconds after which the way to a step says how far it is: what is over before need not. */
const PATIENCE = 1000;

/** What stands between the student and the step: a machine that is on its way, is another one, or stands still. */
export function LessonNotice(props: {
  readonly view: MachineView;
  readonly machine: ConnectedMachine;
  /** What there is to say otherwise. */
  readonly note: string;
  readonly onAgain: () => void;
}) {
  const { stage, broken } = useLesson();
  const notice = (): React.ReactNode => {
    if (stage === 'coming') return <Coming />;
    if (stage === 'gone' || stage === 'stopped')
      return (
        <>
          <p>
            {stage === 'gone' ? words.gone : words.stopped}
            {broken !== null && ` ${words.couldNot(broken.step)}`}
          </p>
          {broken?.detail && <p className="banner-detail">{broken.detail}</p>}
          <Button className="button small primary" data-testid="lesson-restart" onPress={props.onAgain}>
            {words.again}
          </Button>
        </>
      );
    if (props.view.run === 'paused' && stage !== 'passed')
      return (
        <>
          <p>{words.paused}</p>
          <Button className="button small" onPress={() => void props.machine.togglePause()}>
            {words.resume}
          </Button>
        </>
      );
    if (broken !== null && stage !== 'passed')
      return (
        <>
          <p>{words.couldNot(broken.step)}</p>
          {broken.detail !== '' && <p className="banner-detail">{broken.detail}</p>}
          <Button className="button small" data-testid="lesson-restart" onPress={props.onAgain}>
            {words.again}
          </Button>
        </>
      );
    return props.note === '' ? null : <p>{props.note}</p>;
  };
  return (
    <div className="lesson-notice" role="status" data-testid="lesson-notice">
      {notice()}
    </div>
  );
}

/** Nothing at first. */
function Coming() {
  const { done, total } = useLesson((state) => state.progress);
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  if (!slow) return null;
  // On the machine as it stands there is nothing on the way, but what the step measures first.
  const said = total === 0 ? words.beginning : words.coming(done, total);
  return (
    <>
      <p>{said}</p>
      {total > 0 && <progress max={total} value={done} aria-label={said} />}
      <Button className="button small" data-testid="lesson-cancel" onPress={stopComing}>
        {words.cancel}
      </Button>
    </>
  );
}
