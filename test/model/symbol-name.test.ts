import { describe, expect, it } from 'vitest';
import { finishRustSymbol } from '../../model/rust-symbol.ts';
import { moduleName, tidySymbol } from '../../model/symbol-name.ts';

describe('tidySymbol', () => {
  it.each([
    ['main', 'main'],
    ['std::map<int, Foo>::find(int const&) const', 'std::map<int, Foo>::find'],
    [
      'std::function<void (int, int)>::operator()(int, int) const',
      'std::function<void (int, int)>::operator()',
    ],
    ['run(int)::{lambda(int, int)#1}::operator()(int) const', 'run::{lambda(int, int)#1}::operator()'],
    ['(anonymous namespace)::Cache::get(char const*)', '(anonymous namespace)::Cache::get'],
    ['a::(anonymous namespace)::b(int)', 'a::(anonymous namespace)::b'],
    ['net/http.(*Client).Do', 'net/http.(*Client).Do'],
    ['operator<<(std::ostream&, Foo const&)', 'operator<<'],
    ['Foo::operator->() const', 'Foo::operator->'],
    ['bool operator< <int>(A<int> const&, A<int> const&)', 'bool operator< <int>'],
    ['Foo::operator[](unsigned long)', 'Foo::operator[]'],
    ['foo(int) [clone .cold]', 'foo'],
    ['foo(int) (.isra.0)', 'foo'],
    ['void sort<int*, Cmp<(Kind)1> >(int*, int*, Cmp<(Kind)1>)', 'void sort<int*, Cmp<(Kind)1> >'],
    ['Lorg/app/Main;::run(Ljava/lang/String;)V', 'org/app/Main::run'],
    ['Lorg/app/Main;.<init>(I', 'org/app/Main.<init>'],
    ['LazyCompile:*parse file:///srv/(app)/a.js:12:3', 'LazyCompile:*parse file:///srv/(app)/a.js:12:3'],
    ['alloc::vec::Vec<T>::push::h0123456789abcdef', 'alloc::vec::Vec<T>::push'],
    ['broken(((', 'broken((('],
    ['->(a)->', '->(a)->'],
  ])('%s → %s', (symbol, name) => {
    expect(tidySymbol(symbol)).toBe(name);
  });

  it('is idempotent on names it made', () => {
    for (const name of [
      'std::map<int, Foo>::find',
      'run::{lambda(int)#1}::operator()',
      'net/http.(*Client).Do',
    ]) {
      expect(tidySymbol(name)).toBe(name);
    }
  });
});

describe('finishRustSymbol', () => {
  it.each([
    ['std::sys::unix::fs::File::open::hb90e1c1c787080f0', 'std::sys::unix::fs::File::open'],
    [
      '_$LT$std..fs..ReadDir$u20$as$u20$core..iter..Iterator$GT$::next::hc14f1750ca79129b',
      '<std::fs::ReadDir as core::iter::Iterator>::next',
    ],
    [
      '_$LT$$RF$std..fs..File$u20$as$u20$std..io..Read$GT$::read::h5d84059cf335c8e6',
      '<&std::fs::File as std::io::Read>::read',
    ],
    ['_ZN4testE', '_ZN4testE'],
    ['half', 'half'],
  ])('%s → %s', (symbol, name) => {
    expect(finishRustSymbol(symbol)).toBe(name);
  });
});

describe('moduleName', () => {
  it('is the last component', () => {
    expect(moduleName('/usr/lib/libc.so.6')).toBe('libc.so.6');
    expect(moduleName('[kernel.kallsyms]')).toBe('[kernel.kallsyms]');
  });
});
