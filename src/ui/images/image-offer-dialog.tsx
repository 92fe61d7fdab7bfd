import { useState } from 'react';
import type { InstanceView } from '../../protocol/machine-view.ts';
import { closeImageOffer, imageName, type ImageOffer } from '../../store/image-offer.ts';
import { useMachine } from '../../store/machine-store.ts';
import { imageText } from '../image-text.ts';
import { ModalDialog } from '../kit/modal-dialog.tsx';
import { CreateForm } from '../shell/create-dialog.tsx';
import '../styles/images.css';
import { BootForm } from './boot-form.tsx';

/** What an image is that somebody brought, and in which kernel it is to boot. Nothing is loaded before that is confirmed. */
export function ImageOfferDialog(props: { readonly offer: ImageOffer }) {
  const { file, from } = props.offer;
  const machine = useMachine((state) => state.machine);
  const view = useMachine((state) => state.view);
  const [column, setColumn] = useState(props.offer.column);
  if (!machine || !view) return null;
  const instance = view.instances.find(({ id }) => id === column);
  return (
    <ModalDialog
      title={imageText.title(imageName(file))}
      testId="image-offer"
      isOpen
      onClose={closeImageOffer}
    >
      {from && (
        <p className="image-from">
          {imageText.cameFrom(from.url.origin, from.foreign)}{' '}
          {imageText[from.hash === null ? 'hashUnknown' : 'hashHolds']}
        </p>
      )}
      {view.instances.length > 0 && (
        <label className="image-where">
          {imageText.where}
          <select
            value={instance?.id ?? 'new'}
            onChange={({ target }) => setColumn(target.value === 'new' ? 'new' : Number(target.value))}
          >
            <option value="new">{imageText.newKernel}</option>
            {view.instances.map((each) => (
              <option key={each.id} value={each.id}>
                {placeName(each)}
              </option>
            ))}
          </select>
        </label>
      )}
      <div className="image-offer">
        {instance ? (
          <BootForm
            key={`${machine.serial}-${instance.id}`}
            machine={machine}
            instance={instance}
            file={file}
            close={closeImageOffer}
          />
        ) : (
          <CreateForm
            key={machine.serial}
            view={view}
            machine={machine}
            core={null}
            file={file}
            close={closeImageOffer}
          />
        )}
      </div>
    </ModalDialog>
  );
}

const placeName = ({ name, state }: InstanceView): string =>
  imageText[state === 'active' ? 'running' : 'stopped'](name);
