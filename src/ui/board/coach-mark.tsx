import { Button } from 'react-aria-components';
import type { MachineView } from '../../protocol/machine-view.ts';
import { usePage } from '../../store/page-store.ts';
import { CloseIcon } from '../kit/icons.tsx';
import { text } from '../text.ts';

/** The one hint of the first visit; gone for good once the core is given away or the hint is closed. */
export function CoachMark(props: { readonly view: MachineView }) {
  const { coachSeen, drawer, dismissCoach } = usePage();
  const core = props.view.harts.find((hart) => hart.owner === null)?.id;
  const target = props.view.instances.findLast((instance) => instance.state === 'active')?.name;
  // A lesson says itself what is to be done.
  if (coachSeen || drawer === 'lesson' || core === undefined || target === undefined) return null;
  return (
    <p className="coach" data-testid="coach">
      <span>{text.coach.drag(core, target)}</span>
      <span className="coach-arrow" aria-hidden="true">
        →
      </span>
      <Button className="icon-button" aria-label={text.coach.close} onPress={dismissCoach}>
        <CloseIcon />
      </Button>
    </p>
  );
}
