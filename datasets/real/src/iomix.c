// Workload of multi-event.perf.txt.gz: page faults, context switches, block IO and
// kernel allocations from named threads (one name holds spaces on purpose).
// Build: gcc -O1 -g -fno-omit-frame-pointer -fno-optimize-sibling-calls -pthread -o iomix iomix.c
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile int stop;
static int ping[2], pong[2];

__attribute__((noinline)) static unsigned checksum(const unsigned char *p, size_t n) {
  unsigned s = 1;
  for (size_t i = 0; i < n; i++) s = s * 33 + p[i];
  return s;
}
__attribute__((noinline)) static void touch_pages(unsigned char *p, size_t n) {
  for (size_t i = 0; i < n; i += 4096) p[i] = (unsigned char)i;
}
__attribute__((noinline)) static void fill_arena(void) {
  size_t n = 4 << 20;
  unsigned char *p = mmap(0, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  touch_pages(p, n);
  if (checksum(p, n) == 42) puts("!");
  munmap(p, n);
}
static void *memory_main(void *a) {
  prctl(PR_SET_NAME, "mem-toucher");
  while (!stop) { fill_arena(); usleep(4000); }
  return a;
}
__attribute__((noinline)) static void append_block(int fd, char *buf, size_t n, int i) {
  memset(buf, 'a' + i % 26, n);
  if (pwrite(fd, buf, n, (off_t)(i % 64) * n) < 0) perror("pwrite");
}
__attribute__((noinline)) static void flush_log(int fd) { fdatasync(fd); }
static void *io_main(void *a) {
  prctl(PR_SET_NAME, "io worker 1");
  static char buf[64 << 10];
  int fd = open("iomix.dat", O_RDWR | O_CREAT | O_TRUNC, 0600);
  for (int i = 0; !stop; i++) {
    append_block(fd, buf, sizeof buf, i);
    if (i % 4 == 3) flush_log(fd);
    usleep(3000);
  }
  close(fd);
  return a;
}
__attribute__((noinline)) static void open_pairs(void) {
  int s[2];
  for (int i = 0; i < 4; i++)
    if (!socketpair(AF_UNIX, SOCK_STREAM, 0, s)) {
      char m[3000] = {0};
      if (write(s[0], m, sizeof m) < 0) perror("write");
      close(s[0]);
      close(s[1]);
    }
}
static void *alloc_main(void *a) {
  prctl(PR_SET_NAME, "alloc:sock/2");
  while (!stop) { open_pairs(); usleep(6000); }
  return a;
}
static void *pong_main(void *a) {
  prctl(PR_SET_NAME, "pong");
  char c;
  while (read(ping[0], &c, 1) == 1 && write(pong[1], &c, 1) == 1) {}
  return a;
}
__attribute__((noinline)) static void round_trip(void) {
  char c = 1;
  if (write(ping[1], &c, 1) != 1 || read(pong[0], &c, 1) != 1) stop = 1;
}
static void *ping_main(void *a) {
  prctl(PR_SET_NAME, "ping");
  while (!stop) { round_trip(); usleep(2500); }
  close(ping[1]);
  return a;
}
int main(int argc, char **argv) {
  void *(*mains[])(void *) = {memory_main, io_main, alloc_main, ping_main, pong_main};
  pthread_t t[5];
  if (pipe(ping) || pipe(pong)) return 1;
  for (int i = 0; i < 5; i++) pthread_create(t + i, 0, mains[i], 0);
  sleep(argc > 1 ? atoi(argv[1]) : 4);
  stop = 1;
  for (int i = 0; i < 5; i++) pthread_join(t[i], 0);
  unlink("iomix.dat");
  return 0;
}
