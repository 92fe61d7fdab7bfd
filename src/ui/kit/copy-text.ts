/** Puts text on the clipboard. False: the browser does not let the page. */
export const copyText = (content: string): Promise<boolean> =>
  navigator.clipboard.writeText(content).then(
    () => true,
    () => false,
  );
