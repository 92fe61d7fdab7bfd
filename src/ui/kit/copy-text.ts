/** Puts text on the clipboard. False: the browser does not let the page, or has none for it (an address of plain HTTP). */
export async function copyText(content: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(content);
    return true;
  } catch {
    return false;
  }
}
