import type { Action } from '../../model/finding.ts';

interface ModuleWithoutSymbols {
  readonly module: string;
  readonly path: string;
}

/** One action per kind of fix for these modules, so that four stripped programs are one piece of advice. */
export function symbolFixes(
  modules: readonly ModuleWithoutSymbols[],
  pids: ReadonlyMap<string, number>,
): Action[] {
  const fixes = new Map<string, { action: Action; modules: string[] }>();
  for (const { module, path } of modules) {
    const action = symbolFix(module, path, pids);
    const fix = fixes.get(action.text) ?? { action, modules: [] };
    fix.modules.push(module || '(not recorded)');
    fixes.set(action.text, fix);
  }
  return [...fixes.values()].map(({ action, modules: names }) => ({
    ...action,
    text: `${names.join(', ')}: ${action.text}`,
  }));
}

/**
 * How to get symbols for a module that has none, by what the module is. `pids`: processes seen
 * with frames of it, most samples first.
 */
export function symbolFix(module: string, path: string, pids: ReadonlyMap<string, number>): Action {
  const pid = pids.get(module);
  if (module === '') {
    return {
      text: 'addresses outside any mapped file: broken unwinding or unmapped generated code; unwind with debug information',
      run: 'perf record --call-graph dwarf -F 199 -a -- sleep 30',
      risk: 'none',
    };
  }
  if (/^\/\/anon$|^\[anon|^\/memfd:|^\/dev\/zero|^\[JIT\]|perf-\d+\.map$|^\[heap\]/.test(path)) {
    return {
      text: `code compiled at run time: let the runtime write /tmp/perf-${pid ?? 'PID'}.map while it is recorded (node --perf-basic-prof, java -XX:+PreserveFramePointer with perf-map-agent or jcmd Compiler.perfmap, python -X perf)`,
      risk: 'none',
    };
  }
  if (/^\[(?:kernel|guest)/.test(path)) {
    return {
      text: 'kernel symbols are hidden: allow them while recording and resolving',
      run: 'sysctl kernel.kptr_restrict=0',
      undo: 'sysctl kernel.kptr_restrict=1',
      risk: 'low',
    };
  }
  if (/\.ko(?:\.\w+)?$|^\[/.test(path)) {
    return {
      text: 'kernel module: install the debug symbols of the running kernel',
      run: 'apt-get install linux-image-$(uname -r)-dbg',
      risk: 'none',
    };
  }
  if (/\(deleted\)$/.test(path)) {
    return {
      text: 'the file was replaced while in use: restart the process, then record again',
      risk: 'low',
    };
  }
  if (path.startsWith('/')) {
    return {
      text: 'stripped; install the debug package (dpkg -S or rpm -qf names the package) or let perf fetch symbols, where it was recorded',
      run: 'DEBUGINFOD_URLS=https://debuginfod.elfutils.org perf script --header > perf.txt',
      risk: 'none',
    };
  }
  return {
    text: 'give perf the symbols of this module (perf buildid-cache --add FILE), then run perf script again',
    risk: 'none',
  };
}
