/** Every refusal of device tree source, an overlay's or a baseline's: rule code, whole text, and the line. */
import { describe, expect, it } from 'vitest';
import { errorMachine, everything, type SourceError } from './kerf-errors.testkit.ts';

const TABLE: readonly SourceError[] = [
  {
    what: 'no fragment',
    verb: 'apply',
    text: '/ { };',
    exit: 3,
    code: 'overlay-empty',
    reason: 'a.dts has no fragment',
    hint: 'an overlay has fragment@N nodes in its root',
  },
  {
    what: 'a fragment that asks for nothing',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances/beta";
 __overlay__ {

}; }; };`,
    exit: 3,
    code: 'overlay-empty',
    reason: 'a.dts asks for nothing',
    hint: 'write operations under __overlay__',
  },
  {
    what: 'a baseline',
    verb: 'apply',
    text: `/ {
 resources { cpus = <0>; };
};`,
    exit: 3,
    code: 'not-an-overlay',
    reason: 'a.dts, line 2: resources in the root is no fragment of an overlay',
    hint: 'a baseline is read by kerf init --input',
  },
  {
    what: 'a node that is no fragment',
    verb: 'apply',
    text: `/ {
 piece { };
};`,
    exit: 3,
    code: 'not-an-overlay',
    reason: 'a.dts, line 2: piece in the root is no fragment of an overlay',
    hint: 'an overlay has fragment@N nodes in its root',
  },
  {
    what: 'the baseline as target',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/resources";
 __overlay__ {
cpu-add { cpu@9 { reg = <9>; }; };
}; }; };`,
    exit: 3,
    code: 'overlay-touches-baseline',
    reason:
      'a.dts, line 1: the overlay would change /resources, which is the baseline: harts, memory and devices of the machine',
    hint: 'overlays change /instances and what is under it; another machine has another baseline',
  },
  {
    what: 'a target that is none',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/chosen";
 __overlay__ {

}; }; };`,
    exit: 3,
    code: 'bad-target',
    reason: 'a.dts, line 1: "/chosen" is no target of an overlay',
    hint: 'a target is /instances or /instances/NAME',
  },
  {
    what: 'no target',
    verb: 'apply',
    text: `/ {
 fragment@0 { __overlay__ { }; };
};`,
    exit: 3,
    code: 'dts-missing',
    reason: 'a.dts, line 2: fragment@0 has no target-path',
    hint: 'write target-path = …; into it',
  },
  {
    what: 'no operations',
    verb: 'apply',
    text: `/ {
 fragment@0 { target-path = "/instances"; };
};`,
    exit: 3,
    code: 'dts-missing',
    reason: 'a.dts, line 2: fragment@0 has no __overlay__',
    hint: 'write the operations into __overlay__ { … };',
  },
  {
    what: 'an unknown operation',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances/beta";
 __overlay__ {
cpu-steal { };
}; }; };`,
    exit: 3,
    code: 'dts-unknown-name',
    reason: 'a.dts, line 4: cpu-steal is nothing that __overlay__ may have',
    hint: 'it may have memory-remove, memory-add, cpu-remove, cpu-add, device-remove, device-add',
  },
  {
    what: 'an operation of another target',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances";
 __overlay__ {
cpu-add { };
}; }; };`,
    exit: 3,
    code: 'dts-unknown-name',
    reason: 'a.dts, line 4: cpu-add is nothing that __overlay__ may have',
    hint: 'it may have instance-create and instance-remove',
  },
  {
    what: 'an unknown item',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances/beta";
 __overlay__ {
cpu-add { hart@3 { reg = <3>; }; };
}; }; };`,
    exit: 3,
    code: 'dts-unknown-name',
    reason: 'a.dts, line 4: hart@3 is nothing that cpu-add may have',
    hint: 'it may have cpu@N nodes',
  },
  {
    what: 'an item without its number',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances/beta";
 __overlay__ {
cpu-add { cpu@3 { }; };
}; }; };`,
    exit: 3,
    code: 'dts-missing',
    reason: 'a.dts, line 4: cpu@3 has no reg',
    hint: 'write reg = …; into it',
  },
  {
    what: 'a range of three cells',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances/beta";
 __overlay__ {
memory-add { memory@0 { reg = <0 0x82000000 0x200000>; }; };
}; }; };`,
    exit: 3,
    code: 'dts-value',
    reason: 'a.dts, line 4: reg is not an address and a size of two cells each',
    hint: 'write an address and a size of two cells each',
  },
  {
    what: 'an instance that is not there',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances/nobody";
 __overlay__ {
cpu-add { cpu@3 { reg = <3>; }; };
}; }; };`,
    exit: 1,
    code: 'no-such-instance',
    reason: 'a.dts, line 4: there is no instance "nobody"',
    hint: 'the instances are alpha, beta',
  },
  {
    what: 'a hart that is not free',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances/beta";
 __overlay__ {
cpu-add { cpu@1 { reg = <1>; }; };
}; }; };`,
    exit: 1,
    code: 'hart-not-free',
    reason: 'a.dts, line 4: beta cannot have hart 1: alpha owns it and is active',
    hint: 'free harts: 3; to take it: kerf update alpha --cpus -1',
  },
  {
    what: 'the boot hart of an active instance',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances/alpha";
 __overlay__ {
cpu-remove { cpu@0 { reg = <0>; }; };
}; }; };`,
    exit: 1,
    code: 'boot-hart',
    reason:
      'a.dts, line 4: alpha is active and cannot give hart 0 away: it booted there, and takes its interrupts there',
    hint: 'it can give 1; or stop it first: kerf kill alpha',
  },
  {
    what: 'memory of another',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances/beta";
 __overlay__ {
memory-add { memory@0 { reg = <0 0x80000000 0 0x200000>; }; };
}; }; };`,
    exit: 1,
    code: 'memory-overlap',
    reason:
      'a.dts, line 4: beta asks for 0x80000000-0x801fffff, alpha has 0x80000000-0x807fffff: they overlap in 0x80000000-0x801fffff',
    hint: 'choose another base, or leave --memory-base out',
  },
  {
    what: 'memory that was not added',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances/beta";
 __overlay__ {
memory-remove { memory@0 { size = <0x200000>; }; };
}; }; };`,
    exit: 1,
    code: 'memory-not-added',
    reason: 'a.dts, line 4: beta cannot give 2M in one piece: the memory added to it is none',
    hint: 'what it was created with it keeps until it is deleted',
  },
  {
    what: 'an unknown device',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances/beta";
 __overlay__ {
device-add { device@0 { device-name = "net0"; }; };
}; }; };`,
    exit: 1,
    code: 'no-such-device',
    reason: 'a.dts, line 4: beta cannot have net0: the pool has rng0, rng1, disk0',
    hint: 'name one of them',
  },
  {
    what: 'creation without a name',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances";
 __overlay__ {
instance-create { 
 resources { cpus = <3>; memory-bytes = <0x400000>; }; };
}; }; };`,
    exit: 3,
    code: 'dts-missing',
    reason: 'a.dts, line 4: instance-create has no instance-name',
    hint: 'write instance-name = …; into it',
  },
  {
    what: 'creation without resources',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances";
 __overlay__ {
instance-create { instance-name = "gamma"; };
}; }; };`,
    exit: 3,
    code: 'dts-missing',
    reason: 'a.dts, line 4: gamma has no resources',
    hint: 'write resources { cpus = <…>; memory-bytes = <…>; }; into instance-create',
  },
  {
    what: 'creation without memory',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances";
 __overlay__ {
instance-create { instance-name = "gamma";
 resources { cpus = <3>; }; };
}; }; };`,
    exit: 3,
    code: 'dts-missing',
    reason: 'a.dts, line 5: resources has no memory-bytes',
    hint: 'write memory-bytes = …; into it',
  },
  {
    what: 'creation with a taken name',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances";
 __overlay__ {
instance-create { instance-name = "beta";
 resources { cpus = <3>; memory-bytes = <0x400000>; }; };
}; }; };`,
    exit: 1,
    code: 'name-taken',
    reason: 'a.dts, line 4: beta exists already: instance 2, ready',
    hint: 'choose another name, or delete that instance',
  },
  {
    what: 'creation with a taken ID',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances";
 __overlay__ {
instance-create { instance-name = "gamma"; id = <1>;
 resources { cpus = <3>; memory-bytes = <0x400000>; }; };
}; }; };`,
    exit: 1,
    code: 'id-taken',
    reason: 'a.dts, line 4: gamma cannot have ID 1: alpha has it and is active',
    hint: 'choose another with --id, or leave it out',
  },
  {
    what: 'creation of a host',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances";
 __overlay__ {
instance-create { instance-name = "gamma"; id = <0>;
 resources { cpus = <3>; memory-bytes = <0x400000>; }; };
}; }; };`,
    exit: 1,
    code: 'bad-id',
    reason: "a.dts, line 4: gamma cannot have ID 0: IDs are 1 to 63, and 0 is the host instance's",
    hint: 'choose another with --id, or leave it out',
  },
  {
    what: 'creation with a bad entry',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances";
 __overlay__ {
instance-create { instance-name = "gamma"; entry = "u";
 resources { cpus = <3>; memory-bytes = <0x400000>; }; };
}; }; };`,
    exit: 3,
    code: 'bad-entry',
    reason: 'a.dts, line 4: entry is s or m, not "u"',
    hint: 'write entry = "s";',
  },
  {
    what: 'creation with an unknown property',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances";
 __overlay__ {
instance-create { instance-name = "gamma"; colour = "red";
 resources { cpus = <3>; memory-bytes = <0x400000>; }; };
}; }; };`,
    exit: 3,
    code: 'dts-unknown-name',
    reason: 'a.dts, line 4: colour is nothing that instance-create may have',
    hint: 'it may have instance-name, id, entry, boot-cpu, peers, resources',
  },
  {
    what: 'creation with two names',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances";
 __overlay__ {
instance-create { instance-name = "gamma", "delta";
 resources { cpus = <3>; memory-bytes = <0x400000>; }; };
}; }; };`,
    exit: 3,
    code: 'dts-value',
    reason: 'a.dts, line 4: instance-name is not one string',
    hint: 'write one string',
  },
  {
    what: 'removal of an active instance',
    verb: 'apply',
    text: `/ { fragment@0 {
 target-path = "/instances";
 __overlay__ {
instance-remove { instance-name = "alpha"; };
}; }; };`,
    exit: 1,
    code: 'wrong-state',
    reason: 'a.dts, line 4: delete works on an instance that is empty or ready or failed; alpha is active',
    hint: 'first: kerf kill alpha, then kerf unload alpha',
  },
  {
    what: 'a second fragment that does not fit the first',
    verb: 'apply',
    text: `/ {
 fragment@0 { target-path = "/instances"; __overlay__ { instance-create { instance-name = "gamma"; resources { cpus = <3>; memory-bytes = <0x400000>; }; }; }; };
 fragment@1 { target-path = "/instances/beta"; __overlay__ {
 cpu-add { cpu@3 { reg = <3>; }; }; }; };
};`,
    exit: 1,
    code: 'hart-not-free',
    reason: 'a.dts, line 4: beta cannot have hart 3: gamma owns it and is ready',
    hint: 'free harts: none; to take it: kerf update gamma --cpus -3',
  },
  {
    what: 'instances in a baseline',
    verb: 'init',
    text: `/ {
 resources { cpus = <0>; };
 instances { alpha { }; beta { }; };
};`,
    exit: 3,
    code: 'instances-in-baseline',
    reason: 'a.dts, line 3: the baseline has 2 instances, and describes the machine alone',
    hint: 'take them out, and make each with kerf create or kerf apply',
  },
  {
    what: 'a baseline without resources',
    verb: 'init',
    text: '/ { };',
    exit: 3,
    code: 'dts-missing',
    reason: 'a.dts, line 1: the root has no resources',
    hint: 'write resources { cpus = <…>; memory@0 { size = <…>; }; };',
  },
  {
    what: 'an overlay as a baseline',
    verb: 'init',
    text: `/ { fragment@0 {
 target-path = "/instances";
 __overlay__ {

}; }; };`,
    exit: 3,
    code: 'dts-unknown-name',
    reason: 'a.dts, line 1: fragment@0 is nothing that the root may have',
    hint: 'it may have compatible and resources',
  },
  {
    what: 'a pool with a hart twice',
    verb: 'init',
    text: `/ {
 resources { cpus = <1 1>; };
};`,
    exit: 3,
    code: 'hart-twice',
    reason: 'a.dts, line 2: the pool: hart 1 is given twice',
    hint: 'name each hart once',
  },
  {
    what: 'a pool with a hart too many',
    verb: 'init',
    text: `/ {
 resources { cpus = <7>; };
};`,
    exit: 3,
    code: 'no-such-hart',
    reason: 'a.dts, line 2: the pool cannot have hart 7: this machine has harts 0-3',
    hint: 'free harts: 3',
  },
  {
    what: 'a pool with every hart',
    verb: 'init',
    text: `/ {
 resources { cpus = <0 1 2 3>; };
};`,
    exit: 3,
    code: 'no-hart-for-host',
    reason: 'a.dts, line 2: the pool would have all harts of the machine (0-3), and host none',
    hint: 'leave at least one hart out of cpus',
  },
  {
    what: 'a pool with more memory than RAM',
    verb: 'init',
    text: `/ {
 resources { cpus = <0 1 2>; memory@0 { size = <0x4000000>; }; };
};`,
    exit: 3,
    code: 'baseline-too-large',
    reason: 'a.dts, line 2: the pool would have 64M of 64M, which leaves too little for host',
    hint: 'leave at least 2M and 1584K for its channels',
  },
  {
    what: 'a pool with an unknown device',
    verb: 'init',
    text: `/ {
 resources { cpus = <0 1 2>; devices {
 net0 { }; }; };
};`,
    exit: 3,
    code: 'no-such-device',
    reason: 'a.dts, line 3: the pool cannot have net0: the pool has rng0, rng1, disk0',
    hint: 'name one of them',
  },
  {
    what: 'a pool whose rest is given away',
    verb: 'init',
    text: `/ {
 resources { cpus = <1 2 3>; };
};`,
    exit: 1,
    code: 'hart-not-free',
    reason: 'host cannot have hart 0: alpha owns it and is active',
    hint: 'free harts: 3; to take it: kerf kill alpha, then kerf update alpha --cpus -0',
  },
];

describe('device tree source is refused', () => {
  it.each(TABLE)('$verb: $what', async ({ verb, text, exit, code, reason, hint }) => {
    const machine = await errorMachine({ 'a.dts': text });
    const before = await everything(machine);
    const reply = await machine.kerf(verb === 'apply' ? 'apply a.dts' : 'init --input a.dts');
    expect(reply.exitCode).toBe(exit);
    expect(reply.error).toEqual({ code, reason, hint });
    expect(await everything(machine)).toEqual(before);
  });
});
