/** A file of the computer that is dropped on the page. */
import type { Page } from '@playwright/test';

/** Drops a file of these bytes on what the selector finds. */
export const dropOn = (page: Page, selector: string, name: string, bytes: Buffer): Promise<void> =>
  page.evaluate(
    ([target, fileName, base64]) => {
      const dataTransfer = new DataTransfer();
      const content = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      dataTransfer.items.add(new File([content], fileName));
      const drop = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
      document.querySelector(target)!.dispatchEvent(drop);
    },
    [selector, name, bytes.toString('base64')] as const,
  );
