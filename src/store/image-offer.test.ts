import { expect, test } from 'vitest';
import { imageName, isMeantAsImage } from './image-offer.ts';

const named = (name: string, content: string | Uint8Array<ArrayBuffer>): File => new File([content], name);

test.each([
  ['an ELF', named('kernel', '\u007fELF\u0002\u0001\u0001\u0000'), true],
  ['bare code', named('code.bin', 'text'), true],
  ['nothing', named('Image', ''), true],
  ['bytes that are no UTF-8', named('Image.gz', new Uint8Array([0x1f, 0x8b, 8, 8, 0xff])), true],
  ['a text', named('notes.txt', 'a letter'), false],
  [
    'a text whose last character is cut off where we stop to look',
    named('notes', `${'a'.repeat(4095)}ä`),
    false,
  ],
  ['a scenario with a zero in it', named('broken.YAML', 'name: x\u0000'), false],
])('%s: meant as an image %#', async (_, file, meant) => {
  expect(await isMeantAsImage(file)).toBe(meant);
});

test('a folder, which cannot be read, is no image', async () => {
  const folder = named('kernels', 'x');
  folder.slice = () => {
    const blob = new Blob();
    blob.arrayBuffer = () => Promise.reject(new DOMException('a folder', 'NotFoundError'));
    return blob;
  };
  expect(await isMeantAsImage(folder)).toBe(false);
});

test.each([
  ['Image', 'Image'],
  ['<img src=x onerror=alert(1)>.img', '<img_src=x_onerror=alert(1)>.img'],
  ['a\nkerf delete alpha', 'a_kerf_delete_alpha'],
  ['a\u202egmi.bin', 'a_gmi.bin'],
  ['a" --force', 'a_--force'],
  ['', 'image'],
  [`${'x'.repeat(300)}.bin`, `${'x'.repeat(56)}.bin`],
])('the name %j is for kerf and for people %j', (name, shown) => {
  expect(imageName({ name })).toBe(shown);
});
