/** Sentences about sharing a machine; part of the catalogue in text.ts. */
export const shareText = {
  button: 'Share',
  title: 'Share this machine',
  link: 'Link',
  linkNote:
    'Whoever opens it gets these kernels on these cores, started afresh, in the same mode. All of it is in the link itself: nothing is sent to a server.',
  making: 'Making the link …',
  copy: 'Copy link',
  copied: 'Link copied.',
  embed: 'Copy embed code',
  embedCopied: 'Embed code copied.',
  embedTitle: (kernels: readonly string[]) => ['Archipelago', kernels.join(', ')].filter(Boolean).join(': '),
  embedNotCopied:
    'The browser did not let the page copy. The embed code is selected: copy it with the keyboard.',
  embedNote:
    'The embed code shows it in a frame of another page. Where that page is not cross-origin isolated, all cores take turns on one worker.',
  openPage: 'Open in Archipelago',
  openPageLong: 'Open in Archipelago, in a new tab',
  notCopied: 'The browser did not let the page copy. The link is selected: copy it with the keyboard.',
  historyNotCopied: 'The browser did not let the page copy. Save it as a file instead.',
  historyNotCopiedHere: 'The browser did not let the page copy. Share, in the top bar, saves it as a file.',
  ownImages: (names: string) =>
    `${names} came from this computer and cannot travel in a link; its kernels arrive without an image.`,
  file: 'File',
  fileNote: 'The same as a scenario file, which the command “archipelago run” and this page can open.',
  save: 'Save as file',
  open: 'Open a file …',
  openRefused: 'The file was not opened, and the machine stays as it is.',
  dropHere: 'Drop a scenario file or a lesson: its machine takes the place of this one.',
  opening: (name: string) => `Opening the scenario ${name}.`,
  notOneFile: (files: number) =>
    files === 0 ? 'There was no file in it.' : `There were ${files} files; a machine comes from one.`,
  notOneFileHint: 'drop one scenario file',
  history: 'What you did here',
  historyNote:
    'Every kerf line and everything typed since the machine was made, as a scenario: “archipelago run” does it again without a page.',
  copyHistory: 'Copy as scenario',
  saveHistory: 'Save as file',
  historyCopied: 'Scenario copied.',
  close: 'Close',
  badLink: {
    title: 'This link does not make a machine.',
    what: 'Here is an empty one instead. Ask for the link again, or for the machine as a file.',
  },
  imagesDiffer: {
    title: 'The kernels of this page are not those of the link.',
    what: 'The machine goes on with the images of this page; it may behave differently. They differ in:',
  },
};
