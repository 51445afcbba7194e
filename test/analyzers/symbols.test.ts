import { describe, expect, it } from 'vitest';
import { commonFunctionName, commonModuleName, commonProcessName } from '../../analyzers/compare/symbols.ts';

describe('names that two builds have in common', () => {
  it.each([
    // What compilers append.
    ['parse.constprop.0', 'parse'],
    ['parse.isra.0.cold', 'parse'],
    ['parse.part.3', 'parse'],
    ['parse.llvm.8129073461', 'parse'],
    ['parse [clone .constprop.12]', 'parse'],
    ['memcpy@@GLIBC_2.14', 'memcpy'],
    // Rust.
    ['core::ops::function::FnOnce::call_once::h0f1e2d3c4b5a6978', 'core::ops::function::FnOnce::call_once'],
    ['alloc[4e2a91b0c3d5f678]::vec::Vec::push', 'alloc::vec::Vec::push'],
    ['app::run::{{closure}}#3', 'app::run::{{closure}}'],
    ['app::run::{closure#2}', 'app::run::{closure}'],
    // C++ lambdas by GCC and by LLVM.
    ['main::{lambda(int, char)#2}::operator()', 'main::{lambda}::operator()'],
    ["run()::'lambda1'(int)::operator()", 'run()::{lambda}::operator()'],
    ['run()::$_4::operator()', 'run()::{lambda}::operator()'],
    // JVM and Go.
    ['Main$$Lambda$71/0x000000080118f000.run', 'Main$$Lambda.run'],
    ['Shop.lambda$checkout$12', 'Shop.lambda$checkout'],
    ['main.serve.func1.2', 'main.serve.func'],
    // Compiled at run time, to any tier.
    ['LazyCompile:*render /srv/app-1.4.2/view.js:10:3', 'render view.js'],
    ['Function:^render /srv/app-1.5.0/view.js:12:3', 'render view.js'],
    ['JS:~render /srv/app-1.5.0/view.js:12:3', 'render view.js'],
    // What a programmer wrote stays.
    ['operator<<', 'operator<<'],
    [
      'std::vector<int, std::allocator<int> >::push_back',
      'std::vector<int, std::allocator<int> >::push_back',
    ],
    ['sha256_block_data_order', 'sha256_block_data_order'],
    ['do_syscall_64', 'do_syscall_64'],
    ['utf8_v2', 'utf8_v2'],
  ])('%s', (name, common) => {
    expect(commonFunctionName(name)).toBe(common);
  });

  it('is the same however often it is asked', () => {
    for (const name of ['parse.constprop.0', 'Main$$Lambda$71/0x8f.run', 'JS:*f /a/b.js:1:2', 'plain']) {
      const once = commonFunctionName(name);
      expect(commonFunctionName(once)).toBe(once);
    }
  });

  it.each([
    ['/usr/lib/x86_64-linux-gnu/libssl.so.3', 'libssl.so'],
    ['/opt/app-1.4/lib/libcodec-2.7.1.so', 'libcodec.so'],
    ['/opt/app-1.5/lib/libcodec-2.8.0.so', 'libcodec.so'],
    ['/usr/lib/debug/boot/vmlinux-6.1.0-18-amd64', '[kernel]'],
    ['[kernel.kallsyms]', '[kernel]'],
    ['[kernel.kallsyms]_stext', '[kernel]'],
    ['/lib/modules/6.1.0/kernel/fs/ext4/ext4.ko.xz', '[ext4]'],
    ['/tmp/perf-4242.map', 'perf.map'],
    ['/srv/app/server (deleted)', 'server'],
    ['/usr/bin/python3.11', 'python3.11'],
    ['[unknown]', '[unknown]'],
  ])('module %s', (path, common) => {
    expect(commonModuleName(path)).toBe(common);
  });

  it.each([
    ['kworker/3:1-events', 'kworker'],
    ['ksoftirqd/0', 'ksoftirqd'],
    ['postgres', 'postgres'],
    ['pool-1-thread-12', 'pool-1-thread-N'],
  ])('process %s', (comm, common) => {
    expect(commonProcessName(comm)).toBe(common);
  });
});
