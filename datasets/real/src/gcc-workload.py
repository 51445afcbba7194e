# Writes the workload of gcc-compile.perf.txt.gz to /tmp/build (copy gcc-configure.sh there as configure.sh, then make -j2).
import os
os.makedirs('/tmp/build/src',exist_ok=True)
b='/tmp/build/'
open(b+'src/meta.hpp','w').write(r'''
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <regex>
#include <sstream>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>
#include "config.h"
namespace meta {
template <int R, int C, class T = double> struct Matrix {
  std::array<T, R * C> v{};
  T &at(int r, int c) { return v[r * C + c]; }
  T at(int r, int c) const { return v[r * C + c]; }
  Matrix<C, R, T> transpose() const {
    Matrix<C, R, T> o;
    for (int r = 0; r < R; ++r) for (int c = 0; c < C; ++c) o.at(c, r) = at(r, c);
    return o;
  }
};
template <int R, int K, int C, class T>
Matrix<R, C, T> operator*(const Matrix<R, K, T> &a, const Matrix<K, C, T> &b) {
  Matrix<R, C, T> o;
  for (int r = 0; r < R; ++r)
    for (int k = 0; k < K; ++k)
      for (int c = 0; c < C; ++c) o.at(r, c) += a.at(r, k) * b.at(k, c);
  return o;
}
template <std::size_t N> struct Fib { static constexpr std::uint64_t value = Fib<N - 1>::value + Fib<N - 2>::value; };
template <> struct Fib<0> { static constexpr std::uint64_t value = 0; };
template <> struct Fib<1> { static constexpr std::uint64_t value = 1; };
template <int Id> struct Tag { int x = Id; std::string name() const { return "tag" + std::to_string(x); } };
template <class... Ts> struct overloaded : Ts... { using Ts::operator()...; };
template <class... Ts> overloaded(Ts...) -> overloaded<Ts...>;
template <int B, std::size_t... I>
auto make_tags(std::index_sequence<I...>) { return std::make_tuple(Tag<B + int(I)>{}...); }
template <class Tuple> std::string join(const Tuple &t) {
  std::ostringstream os;
  std::apply([&](const auto &...x) { ((os << x.name() << ','), ...); }, t);
  return os.str();
}
}
''')
for i in range(3):
    inst='\n'.join(f'  acc += mul<{2+(i+k)%5},{2+k%6},{3+(i*k)%4}, {"double" if k%3 else "float"}>(seed + {k});' for k in range(14))
    var=','.join(f'Tag<{i*100+k}>' for k in range(18))
    open(b+f'src/unit{i}.cpp','w').write(f'''
#include "meta.hpp"
using namespace meta;
template <int R, int K, int C, class T> static double mul(int s) {{
  Matrix<R, K, T> a; Matrix<K, C, T> b;
  std::iota(a.v.begin(), a.v.end(), T(s)); std::iota(b.v.begin(), b.v.end(), T(s * 2));
  auto c = (a * b).transpose();
  std::sort(c.v.begin(), c.v.end(), [](T x, T y) {{ return x * 3 < y * 3 + T({i}); }});
  return std::accumulate(c.v.begin(), c.v.end(), 0.0);
}}
double matrices{i}(int seed) {{
  double acc = 0;
{inst}
  return acc + double(Fib<{70+i}>::value);
}}
using V{i} = std::variant<{var}>;
std::string visit{i}(const std::vector<V{i}> &vs) {{
  std::string o;
  for (std::size_t k = 0; k + 1 < vs.size(); ++k)
    o += std::visit([](const auto &a, const auto &b) {{ return a.name() + b.name(); }}, vs[k], vs[k + 1]);
  return o + join(make_tags<{i*40}>(std::make_index_sequence<40>{{}}));
}}
std::map<std::string, std::vector<std::shared_ptr<V{i}>>> index{i}(const std::string &text) {{
  std::map<std::string, std::vector<std::shared_ptr<V{i}>>> m;
  std::unordered_map<std::string, std::function<int(int)>> f;
  std::regex re("([a-z]+)=([0-9]+|\\\\w{{2,{i+3}}})", std::regex::ECMAScript);
  for (std::sregex_iterator it(text.begin(), text.end(), re), e; it != e; ++it) {{
    f[(*it)[1]] = [n = (*it)[2].length()](int x) {{ return int(x * n); }};
    m[(*it)[1]].push_back(std::make_shared<V{i}>(Tag<{i*100}>{{}}));
  }}
  std::vector<std::tuple<int, std::string, double>> rows;
  for (auto &kv : m) rows.emplace_back(f[kv.first](int(kv.second.size())), kv.first, 0.5);
  std::stable_sort(rows.begin(), rows.end());
  std::nth_element(rows.begin(), rows.begin() + rows.size() / 2, rows.end(), std::greater<>());
  return m;
}}
''')
for i in range(2):
    fs='\n'.join(f'unsigned f{i}_{k}(unsigned *a, unsigned n) {{ unsigned s={k}; for (unsigned j=0;j<n;j++) {{ switch ((a[j]+{k})%{5+k%7}) {{ case 0: s+=a[j]; break; case 1: s^=a[j]<<{k%8}; break; case 2: s=s*31+j; break; default: if (s&{1<<(k%10)}) a[j]=s; else s-=j; }} }} return s; }}' for k in range(260))
    open(b+f'src/table{i}.c','w').write('#include <stdio.h>\n#include <string.h>\n'+fs+'\n')
ext='\n'.join(f'double matrices{i}(int);' for i in range(3))
open(b+'src/main.cpp','w').write('#include <iostream>\n'+ext+'\nint main(){ std::cout << ('+'+'.join(f'matrices{i}({i})' for i in range(3))+') << "\\n"; }\n')
open(b+'Makefile','w').write('''CXX = g++
CC = gcc
CXXFLAGS = -std=c++17 -O2 -g -pipe -Isrc
CFLAGS = -O2 -Isrc
UNITS = $(patsubst src/%.cpp,obj/%.o,$(wildcard src/*.cpp))
TABLES = $(patsubst src/%.c,obj/%.o,$(wildcard src/*.c))
app: $(UNITS) libtables.a
\t$(CXX) -o $@ $(UNITS) libtables.a
libtables.a: $(TABLES)
\trm -f $@ && ar rcs $@ $(TABLES)
src/config.h: Makefile
\t@mkdir -p obj; sh configure.sh $@
obj/%.o: src/%.cpp src/config.h src/meta.hpp
\t$(CXX) $(CXXFLAGS) -c -o $@ $<
obj/%.o: src/%.c src/config.h
\t$(CC) $(CFLAGS) -c -o $@ $<
clean:
\trm -rf obj app libtables.a src/config.h
.PHONY: clean
''')
