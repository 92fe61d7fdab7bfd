import { lazy, Suspense } from 'react';
import { useImageOffer } from '../../store/image-offer.ts';
import { useMachine } from '../../store/machine-store.ts';

const ImageOfferDialog = lazy(() =>
  import('./image-offer-dialog.tsx').then((module) => ({ default: module.ImageOfferDialog })),
);
const ImageLinkDialog = lazy(() =>
  import('./image-link-dialog.tsx').then((module) => ({ default: module.ImageLinkDialog })),
);

/** The dialog about an image that somebody brought, loaded when there is one, and shown when the machine is whole. */
export function ImageOffers() {
  const { offer, link } = useImageOffer();
  const settled = useMachine((state) => state.settled);
  if (!settled) return null;
  return (
    <Suspense>
      {link && <ImageLinkDialog link={link} />}
      {offer && <ImageOfferDialog key={offer.key} offer={offer} />}
    </Suspense>
  );
}
