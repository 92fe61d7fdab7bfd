import { lazy, Suspense } from 'react';
import { useImageOffer } from '../../store/image-offer.ts';

const ImageOfferDialog = lazy(() =>
  import('./image-offer-dialog.tsx').then((module) => ({ default: module.ImageOfferDialog })),
);

/** The dialog about an image that somebody brought, loaded when there is one. */
export function ImageOffers() {
  const offer = useImageOffer((state) => state.offer);
  return (
    offer && (
      <Suspense>
        <ImageOfferDialog key={offer.key} offer={offer} />
      </Suspense>
    )
  );
}
