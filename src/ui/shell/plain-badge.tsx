/** On a page without shared memory: that its machine has one worker for all cores, and why. */
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { canShareMemory } from '../../base/shared-memory.ts';
import { text } from '../text.ts';

export function PlainBadge() {
  if (canShareMemory()) return null;
  return (
    <DialogTrigger>
      <Button className="plain-badge" aria-label={text.plain.name} data-testid="plain-badge">
        <span className="plain-long">{text.plain.badge}</span>
        <span className="plain-short">{text.plain.short}</span>
      </Button>
      <Popover className="popover plain-why" placement="bottom start">
        <Dialog aria-label={text.plain.name}>
          <p>{crossOriginIsolated ? text.plain.whyBrowser : text.plain.why}</p>
          <p>{text.plain.means}</p>
          {!crossOriginIsolated && <p>{window.top === window ? text.plain.mend : text.plain.mendFrame}</p>}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
