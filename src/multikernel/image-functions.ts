/** The functions of a kernel's image, for people. */
import { looksLikeElf } from '../machine/loaders/elf.ts';
import { functionTable, type FunctionTable } from '../machine/loaders/elf-symbols.ts';
import type { FileContent } from './read-file.ts';

/** Of the image itself when it is an ELF, else of the ELF of the same name beside it; null: there is neither. */
export async function functionsOf(
  file: string | null,
  readFile: (name: string) => Promise<FileContent>,
): Promise<FunctionTable | null> {
  if (file === null) return null;
  // What cannot be read has no names to give: the addresses are told without.
  const bytesOf = async (name: string): Promise<Uint8Array | null> => {
    const content = await readFile(name);
    return content instanceof Uint8Array ? content : null;
  };
  const image = await bytesOf(file);
  const linked =
    image !== null && looksLikeElf(image) ? image : await bytesOf(file.replace(/\.[^./]*$/, '.elf'));
  if (linked === null) return null;
  const functions = functionTable(linked);
  return functions.ok ? functions.value : null;
}
