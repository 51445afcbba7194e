import type { Action } from '../../../model/finding.ts';

const BALANCING = '/proc/sys/kernel/numa_balancing';

/** Binds a program to a node where it fits. */
export function bindTo(node: string): Action {
  return {
    text: `Bind the program to node ${node}, if its memory fits there: memory bound to a full node is an OOM kill with memory free elsewhere (CONSTRAINT_MEMORY_POLICY); --preferred=${node} falls back instead`,
    run: `numactl --cpunodebind=${node} --membind=${node} ./bench`,
    undo: './bench   # without numactl',
    verify: 'grep -oE "N[0-9]+=[0-9]+" /proc/$(pidof bench)/numa_maps | sort | uniq -c',
    persist: `of a unit: CPUAffinity=numa, NUMAPolicy=bind, NUMAMask=${node}; of a guest: <numatune><memory mode='strict' nodeset='${node}'/></numatune>`,
    risk: 'low',
  };
}

/** Switches automatic balancing off; `mode` as it was read. */
export function stopBalancing(mode: string | undefined): Action {
  const was = mode !== undefined && /^[0-3]$/.test(mode) ? mode : undefined;
  return {
    text: 'Switch automatic balancing off and compare: it pays for hinting faults and moves, and brings nothing nearer here',
    run: 'sysctl -w kernel.numa_balancing=0',
    undo: `sysctl -w kernel.numa_balancing=${was ?? '1'}`,
    verify:
      'grep -E "numa_(hint_faults|pages_migrated)" /proc/vmstat; sleep 10; grep -E "numa_(hint_faults|pages_migrated)" /proc/vmstat',
    persist: "echo 'kernel.numa_balancing = 0' > /etc/sysctl.d/90-numa-balancing.conf",
    risk: 'low',
    setting: { path: BALANCING, value: '0', ...(was === undefined ? {} : { was }) },
  };
}

/** Moves the memory of a process to the node it runs on. */
export function moveMemory(pid: string, from: string, to: string): Action {
  return {
    text: `Move the memory to node ${to}, where the process runs (it stays there only if new memory is wanted there, too)`,
    run: `migratepages ${pid} ${from} ${to}`,
    undo: `migratepages ${pid} ${to} ${from}`,
    verify: `numastat -p ${pid}`,
    persist: `numactl --cpunodebind=${to} --membind=${to}; of a unit: NUMAPolicy=bind, NUMAMask=${to}`,
    risk: 'low',
  };
}

/** Moves the process to the node that has its memory. `cpus` and `were` are lists of CPUs. */
export function moveTasks(pid: string, to: string, cpus: string, were: string): Action {
  return {
    text: `Or let it run where its memory is, on the CPUs of node ${to}`,
    run: `taskset -acp ${cpus} ${pid}`,
    undo: `taskset -acp ${were} ${pid}`,
    verify: `ps -L -o tid,psr,comm -p ${pid}`,
    persist: `of a unit: AllowedCPUs=${cpus}; of a guest: virsh vcpupin DOMAIN VCPU ${cpus} --config`,
    risk: 'low',
  };
}
