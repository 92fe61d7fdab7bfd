import { useEffect, useRef, useState } from 'react';
import type { Refusal } from '../../base/result.ts';
import { sha256 } from '../../base/sha256.ts';
import type { ImagePlace, ImageReport } from '../../protocol/image-report.ts';
import type { ConnectedMachine } from '../../store/connected-machine.ts';
import { imageName } from '../../store/image-offer.ts';
import { readImage } from '../shell/own-image.ts';

/** What is known of a file that was chosen. */
export type ImageTold =
  | { readonly kind: 'reading' }
  | { readonly kind: 'refused'; readonly error: Refusal }
  | { readonly kind: 'told'; readonly file: File; readonly report: ImageReport; readonly hash: string };

const READING: ImageTold = { kind: 'reading' };

interface FileRead {
  readonly file: File;
  readonly bytes: Uint8Array;
  readonly hash: string;
}

/** Reads the file once and asks the machine about it, anew for each other place. */
export function useImageReport(machine: ConnectedMachine, file: File | null, place: ImagePlace): ImageTold {
  const [known, setKnown] = useState<{ readonly of: File | null; readonly told: ImageTold }>({
    of: null,
    told: READING,
  });
  const read = useRef<FileRead | null>(null);
  // Plain data, made anew at each rendering.
  const placeKey = JSON.stringify(place);
  useEffect(() => {
    if (file === null) return;
    let wanted = true;
    const tell = (next: ImageTold): void => {
      if (wanted) setKnown({ of: file, told: next });
    };
    const ask = async (): Promise<void> => {
      if (read.current?.file !== file) {
        const bytes = await readImage(file);
        if (!bytes.ok) {
          tell({ kind: 'refused', error: bytes.error });
          return;
        }
        read.current = { file, bytes: bytes.value, hash: await sha256(bytes.value) };
      }
      const { bytes, hash } = read.current;
      const asked = JSON.parse(placeKey) as ImagePlace;
      const report = await machine.ask((services) => services.describeImage(imageName(file), bytes, asked));
      if (report) tell({ kind: 'told', file, report, hash });
    };
    void ask();
    return () => {
      wanted = false;
    };
  }, [machine, file, placeKey]);
  return known.of === file ? known.told : READING;
}

/** Calls back once for each file, when it has been described. */
export function useOnDescribed(
  told: ImageTold,
  onDescribed: ((needs: ImageReport['needs']) => void) | undefined,
): void {
  const seen = useRef<File | null>(null);
  useEffect(() => {
    if (told.kind !== 'told' || seen.current === told.file) return;
    seen.current = told.file;
    onDescribed?.(told.report.needs);
  }, [told, onDescribed]);
}
