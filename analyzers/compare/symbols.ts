import { moduleName } from '../../model/symbol-name.ts';

/**
 * Names as two builds of one program have them in common. What compilers number, hash or mark by
 * how they optimised is dropped; what the programmer wrote stays.
 *
 * ```
 * parse.constprop.0 · parse.isra.0.cold · parse.llvm.8129        → parse
 * main::{lambda(int)#2}::operator() · Main$$Lambda$71/0x8f.run   → main::{lambda}::operator() · Main$$Lambda.run
 * LazyCompile:*render app.js:10:3 · Function:^render app.js:12:3 → render app.js
 * core::ops::h0f1e2d3c4b5a6978 · foo::{{closure}}#3              → core::ops · foo::{{closure}}
 * ```
 */
export function commonFunctionName(name: string): string {
  const jit = jitName(name);
  if (jit !== undefined) return jit;
  return (
    name
      // What GCC, LLVM and the kernel's build append.
      .replace(
        /(?:\.(?:constprop|isra|part|cold|lto_priv|llvm|ltrans\d*|localalias|clone|resume|destroy|cleanup|__uniq|warm|hot)(?:\.\d+)*|\.\d{2,})+(?=$|\s)/g,
        '',
      )
      .replace(/ \[clone [^\]]*\]/g, '')
      .replace(/@@?[A-Z][\w.]*$/, '')
      // Rust: legacy hashes, crate disambiguators, closures.
      .replace(/(?:::)?\bh[0-9a-f]{16}$/, '')
      .replace(/\[[0-9a-f]{8,16}\]/g, '')
      .replace(/(\{\{?closure(?:\}\})?)#\d+(\}?)/g, '$1$2')
      .replace(/(\{\{closure\}\})(?:#\d+)/g, '$1')
      // C++ lambdas and local types, by either demangler and by none.
      .replace(/\{lambda\([^{}]*\)#\d+\}/g, '{lambda}')
      .replace(/'lambda\d*'(?:\([^)]*\))?/g, '{lambda}')
      .replace(/\$_\d+/g, '{lambda}')
      .replace(/\{unnamed type#\d+\}/g, '{unnamed}')
      // JVM: lambdas and generated classes; Go: closures and their numbers.
      .replace(/\$\$Lambda(?:[$/+.]?(?:0x)?[0-9a-fA-F]+)+/g, '$$$$Lambda')
      .replace(/(lambda\$[\w$]*?)\$\d+/g, '$1')
      .replace(/(Accessor|Proxy|\$\$FastClassBy\w+|\$\$EnhancerBy\w+)(?:\$+)?[0-9a-f]*\d+\b/g, '$1')
      .replace(/\.func\d+(?:\.\d+)*(?=\.|$)/g, '.func')
      .replace(/-fm$/, '')
      .trim() || name
  );
}

/** V8 and perf-map tiers: the same function, however far it was compiled. */
function jitName(name: string): string | undefined {
  const v8 = /^(?:LazyCompile|Function|Script|InterpretedFunction|JS|Eval):[*~^+']*(.*)$/.exec(name);
  if (v8 !== null) {
    const rest = (v8[1] ?? '').replace(/:\d+(?::\d+)?$/, '');
    return commonPath(rest) || '(anonymous)';
  }
  const tiered = /^(?:Interpreter|j|C1|C2|jvmci|Lcompiled|baseline|ion|dfg|ftl)[:!]\s*(.+)$/.exec(name);
  return tiered?.[1] === undefined ? undefined : commonFunctionName(tiered[1]);
}

/** Paths in a name without the versions of packages in them. */
function commonPath(text: string): string {
  return text
    .replace(/(?<=\/[\w.@-]*?)[-@]v?\d+(?:\.\d+)+[\w.-]*(?=\/)/g, '')
    .replace(/\?[^ ]*$/, '')
    .replace(/(?:file:\/\/)?(?:\/[^/\s]+)*\/(?=[^/\s]+$)/, '');
}

/**
 * A module as two builds and two hosts have it in common: its file name without versions and
 * hashes, the kernel and its modules under one name wherever they were read from.
 */
export function commonModuleName(path: string): string {
  const name = moduleName(path).replace(/ \(deleted\)$/, '');
  if (/^\[(?:kernel|guest\.kernel)\b[^\]]*\](?:_\w+)?$|^(?:vmlinux|vmlinuz)\b|^\[unknown\]$/.test(name)) {
    return name === '[unknown]' ? name : '[kernel]';
  }
  const module = /^(.+)\.ko(?:\.(?:gz|xz|zst))?$/.exec(name);
  if (module !== null) return `[${(module[1] as string).replaceAll('-', '_')}]`;
  if (/^perf-\d+\.map$/.test(name)) return 'perf.map';
  if (/^jitted-\d+-\d+\.so$/.test(name)) return 'jitted.so';
  return (
    name
      .replace(/(\.so)(?:\.\d+)+$/, '$1')
      .replace(/[-_.]v?\d+(?:\.\d+)+(?:[-+~][\w.]+)?(?=\.so$|\.jar$|\.dll$|\.dylib$|$)/, '')
      .replace(/[-.][0-9a-f]{8,40}(?=\.so$|$)/, '') || name
  );
}

/** Names of workers that the kernel or a pool numbers. */
export function commonProcessName(comm: string): string {
  return comm
    .replace(/^(kworker)\/.*$/, '$1')
    .replace(/^(ksoftirqd|migration|cpuhp|rcuop|rcuog|irq|idle_inject|watchdog|swapper)\/.*$/, '$1')
    .replace(/([-_#:/])\d+$/, '$1N');
}
