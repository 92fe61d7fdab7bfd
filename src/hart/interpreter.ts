/**
 * The interpreter: one WebAssembly module made from the instruction table at start-up (interpreter-abi.ts says what it
 * promises). `run` alternates between the fast function and, for single instructions, the slow one; it fills the fetch
 * TLB and has pages decoded.
 *
 * An attempt that ends in a trap, a fault of the fetch included, spends budget but does not count as retired; so a
 * trap handler that faults for ever still gives the hart back.
 */
import { HART, PAGE_SIZE } from '../protocol/layout.ts';
import { CodeBuilder } from '../wasm/code.ts';
import { type MemoryType, ModuleBuilder } from '../wasm/module.ts';
import { DecodedPages } from './decoded-pages.ts';
import { EXIT_FETCH, FETCH_ENTRY, fastFunction, pushFetchEntry, pushReasons } from './fast-function.ts';
import { HANDLER_CROSSING, HANDLER_UNDECODED } from './handlers.ts';
import { EXIT, FETCH_ONCE, type InterpreterExports, type InterpreterImports } from './interpreter-abi.ts';
import { GO_ON, slowFunction, spendBudget } from './slow-function.ts';

interface Functions {
  readonly fetch: number;
  readonly acquire: number;
  readonly decodeFrom: number;
  readonly decodeSingle: number;
  readonly fast: number;
  readonly slow: number;
  readonly once: number;
}

/** Compiles the interpreter for a memory of this type. Workers share the module: compile once. */
export function createInterpreterModule(memory: MemoryType): WebAssembly.Module {
  const module = new ModuleBuilder();
  module.importMemory('env', 'memory', memory);
  const runtime = (name: keyof InterpreterImports, parameters: number): number =>
    module.importFunction('runtime', name, new Array<'i32'>(parameters).fill('i32'), ['i32']);
  const fetch = runtime('fetch', 2);
  const translate = runtime('translate', 5);
  const commitStore = runtime('commitStore', 1);
  const csr = runtime('csr', 4);
  const system = runtime('system', 2);
  const acquire = module.importFunction('pages', 'acquire', ['i32', 'i32'], ['i32']);
  const decodeFrom = module.importFunction('pages', 'decodeFrom', ['i32', 'i32'], []);
  const decodeSingle = module.importFunction('pages', 'decodeSingle', ['i32', 'i32'], ['i32']);

  const fast = module.declare(['i32'], ['i32']);
  const slow = module.declare(['i32', 'i32'], ['i32']);
  const once = module.declare(['i32', 'i32'], ['i32']);
  const run = module.declare(['i32', 'i32'], ['i32']);
  const functions = { fetch, acquire, decodeFrom, decodeSingle, fast, slow, once };
  module.define(fast, fastFunction());
  module.define(slow, slowFunction({ translate, commitStore, csr, system }));
  module.define(once, onceFunction(functions));
  module.define(run, runFunction(functions));
  module.exportFunction('run', run);
  return new WebAssembly.Module(module.finish());
}

/** An instance over `memory`, which must match the type that the module was made for. Serves any number of harts. */
export function instantiateInterpreter(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  imports: InterpreterImports,
): InterpreterExports {
  const pages = new DecodedPages(memory);
  const instance = new WebAssembly.Instance(module, {
    env: { memory },
    runtime: {
      fetch: (h: number, offset: number) => imports.fetch(h, offset),
      translate: (h: number, low: number, high: number, width: number, kind: number) =>
        imports.translate(h, low, high, width, kind),
      commitStore: (h: number) => imports.commitStore(h),
      csr: (h: number, op: number, reads: number, writes: number) => imports.csr(h, op, reads, writes),
      system: (h: number, op: number) => imports.system(h, op),
    },
    // Host addresses reach 4 GiB and come as signed numbers.
    pages: {
      acquire: (h: number, page: number) => pages.acquire(h, page >>> 0),
      decodeFrom: (h: number, ip: number) => pages.decodeFrom(h, ip),
      decodeSingle: (h: number, word: number) => pages.decodeSingle(h, word),
    },
  });
  return { run: instance.exports['run'] as InterpreterExports['run'] };
}

/**
 * Does the instruction at HART.PC without keeping it decoded. Parameters: hart block, host address of its page. The
 * second half of a 32-bit instruction is fetched for itself: it may be in the next page, or fault. Result as `slow`.
 */
function onceFunction({ fetch, decodeSingle, slow }: Functions): CodeBuilder {
  const code = new CodeBuilder(2);
  const h = 0;
  const page = 1;
  const offset = code.local('i32');
  const word = code.local('i32');
  code.get(h);
  code.mem('i32.load', HART.PC);
  code.i32(PAGE_SIZE - 1);
  code.op('i32.and');
  code.tee(offset);
  code.get(page);
  code.op('i32.add');
  code.mem('i32.load16_u');
  code.tee(word);
  code.i32(3);
  code.op('i32.and');
  code.i32(3);
  code.op('i32.eq');
  code.if();
  code.get(h);
  code.i32(2);
  code.call(fetch);
  code.tee(page);
  code.op('i32.eqz');
  code.if();
  spendBudget(code);
  code.i32(GO_ON);
  code.op('return');
  code.end();
  code.get(page);
  code.i32(~FETCH_ONCE);
  code.op('i32.and');
  code.get(offset);
  code.i32(2);
  code.op('i32.add');
  code.i32(PAGE_SIZE - 1);
  code.op('i32.and');
  code.op('i32.add');
  code.mem('i32.load16_u');
  code.i32(16);
  code.op('i32.shl');
  code.get(word);
  code.op('i32.or');
  code.set(word);
  code.end();
  code.get(h);
  code.get(h);
  code.get(word);
  code.call(decodeSingle);
  code.call(slow);
  return code;
}

/** Parameters: hart block, budget. Result: EXIT code. */
function runFunction({ fetch, acquire, decodeFrom, fast, slow, once }: Functions): CodeBuilder {
  const code = new CodeBuilder(2);
  const h = 0;
  const budget = 1;
  const result = code.local('i32');
  const handler = code.local('i32');
  const page = code.local('i32');
  const entry = code.local('i32');
  const pc = code.local('i64');
  code.get(h);
  code.get(budget);
  code.mem('i32.store', HART.BUDGET);

  const exit = code.block();
  const again = code.loop();
  code.i32(EXIT.BUDGET);
  code.set(result);
  code.get(h);
  code.mem('i32.load', HART.BUDGET);
  code.op('i32.eqz');
  code.brIf(exit);
  code.i32(EXIT.REASONS);
  code.set(result);
  pushReasons(code);
  code.brIf(exit);

  const single = code.block();
  code.get(h);
  code.call(fast);
  code.tee(result);
  code.i32(EXIT_FETCH);
  code.op('i32.eq');
  code.if();
  // The jump to the page may have been the last of the budget: the fetch, which costs when it traps, is not in it.
  code.get(h);
  code.mem('i32.load', HART.BUDGET);
  code.op('i32.eqz');
  code.brIf(again);
  code.get(h);
  code.i32(0);
  code.call(fetch);
  code.tee(page);
  code.op('i32.eqz');
  code.if();
  spendBudget(code);
  code.br(again);
  code.end();
  code.get(page);
  code.i32(FETCH_ONCE);
  code.op('i32.and');
  code.if();
  code.get(h);
  code.get(page);
  code.i32(~FETCH_ONCE);
  code.op('i32.and');
  code.call(once);
  code.set(result);
  code.br(single);
  code.end();
  fillFetchEntry(code, { pc, entry, page }, acquire);
  code.br(again);
  code.end();

  // An EXIT code is below every address of an entry.
  code.get(result);
  code.i32(EXIT_FETCH);
  code.op('i32.lt_u');
  code.brIf(exit);
  code.get(result);
  code.mem('i32.load16_u');
  code.tee(handler);
  code.i32(HANDLER_UNDECODED);
  code.op('i32.eq');
  code.if();
  code.get(h);
  code.get(result);
  code.call(decodeFrom);
  code.br(again);
  code.end();
  code.get(handler);
  code.i32(HANDLER_CROSSING);
  code.op('i32.eq');
  code.if('i32');
  // The page was entered through this fetch TLB entry.
  code.get(h);
  code.get(h);
  code.mem('i64.load', HART.PC);
  code.set(pc);
  pushFetchEntry(code, pc);
  code.mem('i32.load', FETCH_ENTRY.PAGE);
  code.call(once);
  code.else();
  code.get(h);
  code.get(result);
  code.call(slow);
  code.end();
  code.set(result);
  code.end(); // single

  code.get(result);
  code.i32(GO_ON);
  code.op('i32.eq');
  code.brIf(again);
  code.end();
  code.end();
  code.get(result);
  return code;
}

/** Enters the page of HART.PC, at the host address in local `page`, into the fetch TLB, with its slot. */
function fillFetchEntry(
  code: CodeBuilder,
  { pc, entry, page }: { pc: number; entry: number; page: number },
  acquire: number,
): void {
  const h = 0;
  code.get(h);
  code.mem('i64.load', HART.PC);
  code.set(pc);
  pushFetchEntry(code, pc);
  code.tee(entry);
  code.get(pc);
  code.i64(-PAGE_SIZE);
  code.op('i64.and');
  code.mem('i64.store');
  code.get(entry);
  code.get(h);
  code.get(page);
  code.call(acquire);
  code.mem('i32.store', FETCH_ENTRY.SLOT);
  code.get(entry);
  code.get(page);
  code.mem('i32.store', FETCH_ENTRY.PAGE);
}
