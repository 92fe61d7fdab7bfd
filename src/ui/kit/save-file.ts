/** How long the browser may take to begin with a file before its address is given up, in ms. */
const DOWNLOAD_MS = 60_000;

/** Lets the browser save text under a name, as it does with downloads. */
export function saveFile(content: string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_MS);
}
