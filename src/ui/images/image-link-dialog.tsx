import { useEffect, useState } from 'react';
import { Button, ProgressBar } from 'react-aria-components';
import type { Refusal, Result } from '../../base/result.ts';
import { fetchImage } from '../../store/image-link.ts';
import { closeImageOffer, offerImage, type ImageLink } from '../../store/image-offer.ts';
import { imageText } from '../image-text.ts';
import { ModalDialog } from '../kit/modal-dialog.tsx';
import { RefusalText } from '../kit/refusal-text.tsx';
import '../styles/images.css';

/** Fetches the image that a link names; when it has come, the dialog about it follows. Closed, it gives the fetch up. */
export function ImageLinkDialog(props: { readonly link: Result<ImageLink> }) {
  const { link } = props;
  return (
    <ModalDialog title={imageText.linkTitle} testId="image-link" isOpen onClose={closeImageOffer}>
      {link.ok ? <Fetching link={link.value} /> : <Refused error={link.error} />}
    </ModalDialog>
  );
}

/** Characters of an address that are shown; no server takes one of many thousands. */
const ADDRESS_LENGTH = 300;

const addressText = ({ href }: URL): string =>
  href.length <= ADDRESS_LENGTH ? href : `${href.slice(0, ADDRESS_LENGTH)}…`;

/** Milliseconds from one count to the next: pieces of a file come by the thousand. */
const TELL_EVERY = 100;

function Fetching(props: { readonly link: ImageLink }) {
  const { link } = props;
  const [come, setCome] = useState<readonly [number, number | null]>([0, null]);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    let told = 0;
    const onProgress = (bytes: number, all: number | null): void => {
      if (performance.now() - told < TELL_EVERY) return;
      told = performance.now();
      setCome([bytes, all]);
    };
    void fetchImage(link, { signal: controller.signal, onProgress }).then((fetched) => {
      if (fetched === null || controller.signal.aborted) return;
      if (fetched.ok) offerImage(fetched.value, 'new', link);
      else setRefusal(fetched.error);
    });
    return () => controller.abort();
  }, [link]);

  const [bytes, all] = come;
  const address = <p className="image-address">{addressText(link.url)}</p>;
  if (refusal) {
    return (
      <>
        {address}
        <Refused error={refusal} />
      </>
    );
  }
  return (
    <>
      {address}
      <ProgressBar
        className="image-progress"
        aria-label={imageText.fetching}
        {...(all === null ? { isIndeterminate: true } : { value: bytes, maxValue: all })}
        valueLabel={imageText.fetched(bytes, all)}
      >
        {({ percentage, valueText }) => (
          <>
            <div className="image-progress-track">
              <div style={{ width: `${percentage ?? 0}%` }} />
            </div>
            <span>{valueText ?? imageText.fetched(bytes, all)}</span>
          </>
        )}
      </ProgressBar>
      <p className="dialog-note">{imageText.nothingBoots}</p>
      <div className="dialog-end">
        <Button className="button" autoFocus onPress={closeImageOffer}>
          {imageText.cancel}
        </Button>
      </div>
    </>
  );
}

function Refused(props: { readonly error: Refusal }) {
  return (
    <>
      <div className="refusal-box image-refused" role="alert" data-testid="link-refusal">
        <RefusalText error={props.error} />
      </div>
      <p className="dialog-note">{imageText.notFetched}</p>
      <div className="dialog-end">
        <Button className="button primary" autoFocus onPress={closeImageOffer}>
          {imageText.close}
        </Button>
      </div>
    </>
  );
}
