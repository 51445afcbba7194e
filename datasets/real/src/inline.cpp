// Workload of cpp-inline-dwarf.perf.txt.gz: inlined templates, a lambda, std::function.
// Build: g++ -std=c++17 -O2 -g -o inline inline.cpp
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <vector>

namespace sim {

template <class T> inline T square(T x) { return x * x; }
template <class T> inline T norm2(T x, T y, T z) { return square(x) + square(y) + square(z); }

struct Body { double x, y, z, vx, vy, vz, m; };

template <int N> struct Unroll {
  template <class F> static inline void each(F &&f) { Unroll<N - 1>::each(f); f(N - 1); }
};
template <> struct Unroll<0> { template <class F> static inline void each(F &&) {} };

class World {
public:
  explicit World(int n) : bodies(n) {
    for (int i = 0; i < n; ++i) bodies[i] = {i * 1.0, i * 0.5, i * 0.25, 0, 0, 0, 1.0 + i % 3};
  }
  __attribute__((noinline)) double step(double dt) {
    double energy = 0;
    for (auto &a : bodies)
      for (auto &b : bodies) energy += pull(a, b, dt);
    for (auto &a : bodies) advance(a, dt);
    return energy;
  }
  std::vector<Body> bodies;

private:
  static inline double pull(Body &a, const Body &b, double dt) {
    double d = norm2(a.x - b.x, a.y - b.y, a.z - b.z) + 0.01;
    double f = b.m / (d * (1 + d)) * dt;
    a.vx += (b.x - a.x) * f, a.vy += (b.y - a.y) * f, a.vz += (b.z - a.z) * f;
    return f;
  }
  static inline void advance(Body &a, double dt) {
    double *p = &a.x, *v = &a.vx;
    Unroll<3>::each([&](int k) { p[k] += v[k] * dt; });
  }
};

} // namespace sim

template <class It, class Less> __attribute__((noinline)) void order(It b, It e, Less less) { std::sort(b, e, less); }

__attribute__((noinline)) std::uint64_t apply(const std::function<std::uint64_t(std::uint64_t)> &f, int n) {
  std::uint64_t acc = 1;
  for (int i = 0; i < n; ++i) acc = f(acc + i);
  return acc;
}

__attribute__((noinline)) int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

int main(int argc, char **argv) {
  int rounds = argc > 1 ? std::atoi(argv[1]) : 40;
  sim::World w(300);
  std::map<std::string, std::uint64_t> words;
  std::vector<double> keys(60000);
  double e = 0;
  std::uint64_t h = 0;
  for (int r = 0; r < rounds; ++r) {
    for (int k = 0; k < 60; ++k) e += w.step(0.001);
    for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = double((i * 2654435761u + r) % 1000003);
    order(keys.begin(), keys.end(), [](double a, double b) { return a * 1.5 > b * 1.5; });
    std::uint64_t salt = r;
    h ^= apply([&salt](std::uint64_t x) { for (int k = 0; k < 6; ++k) x ^= x << 13, x ^= x >> 7, x ^= (x << 17) + salt; return x; }, 300000);
    for (int i = 0; i < 20000; ++i) ++words["key-" + std::to_string((i * 7919) % 5003)];
    h += fibonacci(24);
  }
  std::printf("%g %llu %zu\n", e, (unsigned long long)h, words.size());
}
