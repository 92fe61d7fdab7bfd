import { Button } from 'react-aria-components';
import { enterPresent } from '../../store/present-store.ts';
import { PresentIcon } from '../kit/icons.tsx';
import { text } from '../text.ts';

/** The way to what can be shown: Present. */
export function SceneButtons() {
  return (
    <Button
      className="button present-button"
      data-testid="present"
      aria-label={text.scene.present.button}
      aria-keyshortcuts="P"
      onPress={enterPresent}
    >
      <PresentIcon />
      <span>{text.scene.present.button}</span>
    </Button>
  );
}
