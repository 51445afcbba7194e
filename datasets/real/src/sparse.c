/* Maps CHUNKS × 2 MiB, touches one page of each, and copies what the kernel says of it.
 * sparse small|huge CHUNKS DIR: with `huge` the mapping asks for huge pages (madvise), with `small` for none. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void copy(const char *dir, const char *file) {
  char from[64], to[512], buf[8192];
  snprintf(from, sizeof from, "/proc/self/%s", file);
  snprintf(to, sizeof to, "%s/proc@%d@%s", dir, getpid(), file);
  int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  for (ssize_t n; (n = read(in, buf, sizeof buf)) > 0;)
    if (write(out, buf, n) != n) exit(1);
  close(in);
  close(out);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const size_t huge = 2u << 20, size = strtoul(argv[2], 0, 10) * huge;
  char *all = mmap(0, size + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) return 1;
  char *map = (char *)(((uintptr_t)all + huge - 1) & ~(uintptr_t)(huge - 1));
  madvise(map, size, strcmp(argv[1], "huge") == 0 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  struct timespec a, b;
  clock_gettime(CLOCK_MONOTONIC, &a);
  for (size_t at = 0; at < size; at += huge) map[at] = 1;
  clock_gettime(CLOCK_MONOTONIC, &b);
  copy(argv[3], "smaps_rollup");
  copy(argv[3], "status");
  printf("touch_s=%.6f\n", (b.tv_sec - a.tv_sec) + (b.tv_nsec - a.tv_nsec) / 1e9);
  return 0;
}
