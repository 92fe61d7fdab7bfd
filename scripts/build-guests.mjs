/**
 * Builds the kernels under guests/ and bench/guests/ with the system's bare-metal RISC-V compiler.
 *
 *   node scripts/build-guests.mjs             builds into public/guests and bench/images, and rewrites the manifest
 *   node scripts/build-guests.mjs --check     builds into a temporary folder and compares with what is committed, if the
 *                                             compilers are of the recorded versions; otherwise says where the result lies
 *   node scripts/build-guests.mjs --install   first installs missing compilers (as root, on Debian)
 *
 * Exit codes: 0 done or equal, 1 different or failed, 3 no compiler.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from './lib/apt.mjs';
import { cpioArchive } from './lib/cpio.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MANIFEST = 'public/guests/manifest.json';

const GCC = 'riscv64-unknown-elf-gcc';
const OBJCOPY = 'riscv64-unknown-elf-objcopy';
const CLANG = 'clang';
/** Debian's package for each program; clang needs wasm-ld of lld. */
const PACKAGES = { [GCC]: ['gcc-riscv64-unknown-elf'], [CLANG]: ['clang', 'lld'] };

// No symbol may be reached but relative to the program counter: the first code runs where it was loaded, not where it is
// linked. Hence no jump tables, and no relaxation to absolute addresses.
const KERNEL_FLAGS = [
  '-std=gnu11',
  '-O2',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-ffreestanding',
  '-nostdlib',
  '-static',
  '-march=rv64imac_zicsr_zifencei',
  '-mabi=lp64',
  '-mcmodel=medany',
  '-mno-relax',
  '-fno-pic',
  '-fno-jump-tables',
  '-fno-tree-loop-distribute-patterns',
  '-fno-asynchronous-unwind-tables',
  `-ffile-prefix-map=${ROOT}=.`,
  '-Iguests/lib',
];
/** Of a kernel that panics: who called whom can be read from its stacks (src/machine/call-chain.ts). */
const FRAME_FLAGS = ['-fno-omit-frame-pointer'];
const LINK_FLAGS = ['-Wl,-T,guests/lib/kernel.ld', '-Wl,--build-id=none'];
const WASM_FLAGS = [
  '--target=wasm32',
  '-O2',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-ffreestanding',
  '-nostdlib',
  '-Wl,--no-entry',
];

/** Kernels: sources are all .c and .S files of guests/lib and of `folders`. Results are NAME.img and, if asked, NAME.elf. */
const KERNELS = [
  { name: 'islet', folders: ['guests/islet'], flags: FRAME_FLAGS, to: 'public/guests', elf: true },
  { name: 'metronome', folders: ['guests/metronome'], flags: FRAME_FLAGS, to: 'public/guests', elf: true },
  { name: 'stress', folders: ['guests/stress'], flags: FRAME_FLAGS, to: 'public/guests', elf: false },
  {
    name: 'bench',
    folders: ['bench/guests', 'bench/guests/programs'],
    flags: [],
    to: 'bench/images',
    elf: false,
  },
];
/** The host instance's RAM disk: the kernels that it can start. */
const RAM_DISK = {
  kernels: ['islet', 'metronome', 'stress'],
  from: 'public/guests',
  to: 'public/guests/host.cpio',
};
const WASM = { folder: 'bench/guests/programs', to: 'bench/images/bench.wasm' };

function run(program, args) {
  const result = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8' });
  if (result.status === 0) return result.stdout;
  console.error(`${program} failed:\n${result.error?.message ?? ''}${result.stderr ?? ''}`);
  process.exit(1);
}

/** First line of `PROGRAM --version`, or null when there is no such program. */
function versionOf(program) {
  const result = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.split('\n')[0].trim() : null;
}

/** Versions of the compilers by program; ends the process when one is missing. */
function compilers() {
  const missing = () => Object.keys(PACKAGES).filter((program) => versionOf(program) === null);
  if (missing().length > 0 && process.argv.includes('--install'))
    missing()
      .flatMap((program) => PACKAGES[program])
      .forEach(install);
  const still = missing();
  if (still.length > 0) {
    const packages = still.flatMap((program) => PACKAGES[program]).join(' ');
    console.error(`cannot build the guests: ${still.join(' and ')} not found`);
    console.error(`on Debian: apt-get install ${packages}, or run this with --install as root`);
    console.error('the committed images do not need them');
    process.exit(3);
  }
  return Object.fromEntries(Object.keys(PACKAGES).map((program) => [program, versionOf(program)]));
}

const sourcesIn = (folder, pattern) =>
  readdirSync(join(ROOT, folder))
    .filter((file) => pattern.test(file))
    .sort()
    .map((file) => `${folder}/${file}`);

/** Compiles to objects that are named after their sources: the linker puts these names into the ELF. */
function compile(sources, flags, objects) {
  return sources.map((source) => {
    const object = join(objects, `${basename(source)}.o`);
    run(GCC, [...KERNEL_FLAGS, ...flags, '-c', '-o', object, source]);
    return object;
  });
}

/** Builds everything under `out`; returns the paths of the results, as in the repository. */
function build(out) {
  const built = [];
  const objects = mkdtempSync(join(tmpdir(), 'objects-'));
  for (const { name, folders, flags, to, elf } of KERNELS) {
    mkdirSync(join(out, to), { recursive: true });
    const sources = ['guests/lib', ...folders].flatMap((folder) => sourcesIn(folder, /\.[cS]$/));
    const linked = join(out, to, `${name}.elf`);
    const compiled = compile(sources, [...flags, ...folders.map((folder) => `-I${folder}`)], objects);
    run(GCC, [...KERNEL_FLAGS, ...LINK_FLAGS, '-o', linked, ...compiled]);
    run(OBJCOPY, ['-O', 'binary', linked, join(out, to, `${name}.img`)]);
    if (elf) built.push(`${to}/${name}.elf`);
    else rmSync(linked);
    built.push(`${to}/${name}.img`);
  }
  const files = RAM_DISK.kernels.map((name) => ({
    name: `${name}.img`,
    bytes: readFileSync(join(out, RAM_DISK.from, `${name}.img`)),
  }));
  writeFileSync(join(out, RAM_DISK.to), cpioArchive(files));
  built.push(RAM_DISK.to);
  run(CLANG, [...WASM_FLAGS, '-o', join(out, WASM.to), ...sourcesIn(WASM.folder, /\.c$/)]);
  built.push(WASM.to);
  rmSync(objects, { recursive: true });
  // Data for a page and a loader: nothing here is run by the host.
  for (const file of built) chmodSync(join(out, file), 0o644);
  return built.sort();
}

const sha256 = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');
const sums = (base, files) => Object.fromEntries(files.map((file) => [file, sha256(join(base, file))]));

function check(versions) {
  const recorded = JSON.parse(readFileSync(join(ROOT, MANIFEST), 'utf8'));
  const out = mkdtempSync(join(tmpdir(), 'guests-'));
  const files = build(out);
  const other = Object.keys(versions).filter((program) => versions[program] !== recorded.compilers[program]);
  if (other.length > 0) {
    for (const program of other) {
      console.log(
        `${program} is "${versions[program]}", the images were built with "${recorded.compilers[program]}"`,
      );
    }
    console.log(`not compared; built in ${out}`);
    return 0;
  }
  const fresh = sums(out, files);
  const committed = sums(ROOT, Object.keys(recorded.files));
  let wrong = 0;
  for (const file of new Set([...files, ...Object.keys(recorded.files)])) {
    if (fresh[file] === recorded.files[file] && committed[file] === recorded.files[file]) continue;
    wrong += 1;
    console.error(
      `${file}: manifest ${recorded.files[file]}, committed ${committed[file]}, built ${fresh[file]}`,
    );
  }
  if (wrong > 0) {
    console.error(`${wrong} files differ; what was built lies in ${out}`);
    return 1;
  }
  rmSync(out, { recursive: true });
  console.log(`${files.length} files are as committed`);
  return 0;
}

const versions = compilers();
if (process.argv.includes('--check')) process.exit(check(versions));
const files = build(ROOT);
writeFileSync(
  join(ROOT, MANIFEST),
  `${JSON.stringify({ compilers: versions, files: sums(ROOT, files) }, null, 2)}\n`,
);
console.log(files.join('\n'));
