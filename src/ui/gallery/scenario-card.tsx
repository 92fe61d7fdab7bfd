import { Button } from 'react-aria-components';
import type { IndexedScenario } from '../../protocol/scenario-index.ts';
import { scenarioTitle } from '../gallery-text.ts';
import { text } from '../text.ts';
import { PartitionPicture } from './partition-picture.tsx';
import '../styles/gallery.css';

/** A scenario that comes with the page: the picture of its partition, a sentence, and what can be done with it. */
export function ScenarioCard(props: {
  readonly scenario: IndexedScenario;
  readonly onOpen: () => void;
  /** Left out: it is not demonstrated from here. */
  readonly onDemonstrate?: () => void;
}) {
  const { scenario, onOpen, onDemonstrate } = props;
  const title = scenarioTitle(scenario.name);
  return (
    <li className="gallery-card" data-testid={`card-${scenario.name}`}>
      <PartitionPicture scenario={scenario} />
      <h4>{title}</h4>
      <p className="gallery-sentence">{scenario.sentence}</p>
      {scenario.mode === 'repeatable' && <p className="gallery-mode">{text.gallery.repeatable}</p>}
      <div className="gallery-actions">
        <Button className="button small" aria-label={text.gallery.openLong(title)} onPress={onOpen}>
          {text.gallery.open}
        </Button>
        {onDemonstrate && (
          <Button
            className="button small primary"
            aria-label={text.gallery.demonstrateLong(title)}
            onPress={onDemonstrate}
          >
            {text.gallery.demonstrate}
          </Button>
        )}
      </div>
    </li>
  );
}
