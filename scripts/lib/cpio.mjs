/** Archives in the format "newc" of cpio, as Linux takes a RAM disk: the same files give the same bytes. */
import { Buffer } from 'node:buffer';

const MODE_FILE = 0o100644;

const padding = (length) => Buffer.alloc((4 - (length % 4)) % 4);

/** A header: the magic number, then thirteen fields of eight hexadecimal digits, the name, and zeros to a whole word. */
function header(name, fields) {
  const values = {
    ino: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    nlink: 1,
    mtime: 0,
    size: 0,
    devmajor: 0,
    devminor: 0,
    rdevmajor: 0,
    rdevminor: 0,
    ...fields,
    namesize: Buffer.byteLength(name) + 1,
    check: 0,
  };
  const digits = Object.values(values).map((value) => value.toString(16).padStart(8, '0'));
  const text = Buffer.from(`070701${digits.join('')}${name}\0`);
  return Buffer.concat([text, padding(text.length)]);
}

/** `files`: names and contents, in the order in which they are to be found. */
export function cpioArchive(files) {
  const parts = files.flatMap(({ name, bytes }, index) => [
    header(name, { ino: index + 1, mode: MODE_FILE, size: bytes.length }),
    bytes,
    padding(bytes.length),
  ]);
  return Buffer.concat([...parts, header('TRAILER!!!', {})]);
}
