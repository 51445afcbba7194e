import { type FrameKind, frameKindId } from '../../../model/tables.ts';

/** Bracketed modules that are not kernel code although perf prints them like kernel modules. */
const userBrackets =
  /^\[(?:unknown|heap|stack(?::\d+)?|vdso|vsyscall|vvar|anon(?:[:_].*)?|uprobes|sectors?)\]$/;
const kernelFile = /(?:^|\/)(?:vmlinux[\w.-]*|[^/]+\.ko(?:\.(?:gz|xz|zst|debug))?)$/;
const jitModule = /(?:^|\/)\.?(?:perf-\d+\.map|jitted-\d+-\d+\.so)$|^\[JIT\] tid \d+$/;

/** Kernel text, its loadable modules and BPF programs, by the module perf prints. */
export function isKernelModule(module: string): boolean {
  if (module.startsWith('[')) return !userBrackets.test(module) && !jitModule.test(module);
  return kernelFile.test(module) || module.startsWith('bpf_prog_');
}

/** Code compiled at run time, by the map file (perf-PID.map) or image (jitted-PID-N.so) it was resolved with. */
export function isJitModule(module: string): boolean {
  return jitModule.test(module);
}

/** Index into frameKinds of a frame with this symbol and module. A kernel frame stays kernel without a symbol. */
export function frameKindOf(hasSymbol: boolean, module: string): number {
  let kind: FrameKind = 'user';
  if (module === 'inlined') kind = 'inlined';
  else if (isKernelModule(module)) kind = 'kernel';
  else if (!hasSymbol) kind = 'unknown';
  else if (isJitModule(module)) kind = 'jit';
  return frameKindId[kind];
}
