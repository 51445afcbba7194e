/* A page server without the network: N requests, parsed, looked up, rendered, packed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
uint32_t compress_page(const uint8_t *page, size_t size);
/* GCC leaves out the frame of functions that call nothing, and stacks then lack their callers. */
#define KEEP_FRAME __asm__ volatile("" ::"r"(__builtin_frame_address(0)))
static uint32_t table[1 << 18];
static uint64_t state = 88172645463325252ull;
__attribute__((noinline)) static uint64_t next_random(void) {
  KEEP_FRAME;
  state ^= state << 13; state ^= state >> 7; state ^= state << 17;
  return state;
}
__attribute__((noinline)) static uint32_t parse_request(const char *text) {
  KEEP_FRAME;
  uint32_t fields = 0;
  for (int again = 0; again < 220; again++)
    for (const char *at = text; *at; at++) fields += (*at == '&') + (*at == '=') * 3 + again;
  return fields;
}
__attribute__((noinline)) static uint32_t look_up_items(uint32_t seed) {
  uint32_t found = seed;
  for (int item = 0; item < 5000; item++) {
    uint32_t slot = (uint32_t)next_random() & ((1 << 18) - 1);
    found += table[slot] ^ found;
  }
  return found;
}
__attribute__((noinline)) static size_t render_page(char *page, uint32_t items) {
  size_t used = 0;
  for (int row = 0; row < 60; row++) used += (size_t)snprintf(page + used, 64, "<li id=%d>%u</li>\n", row, items * (row + 7));
  return used;
}
__attribute__((noinline)) static uint32_t serve_request(int number) {
  char request[96], page[4096];
  memset(page, ' ', sizeof page);
  snprintf(request, sizeof request, "GET /shop?basket=%d&page=%d&sort=price&from=mail", number, number % 17);
  render_page(page, look_up_items(parse_request(request)));
  return compress_page((const uint8_t *)page, sizeof page);
}
int main(int argc, char **argv) {
  int requests = argc > 1 ? atoi(argv[1]) : 1000;
  struct timespec from, to;
  uint32_t sum = 0;
  for (int i = 0; i < (1 << 18); i++) table[i] = (uint32_t)next_random();
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (int number = 0; number < requests; number++) sum += serve_request(number);
  clock_gettime(CLOCK_MONOTONIC, &to);
  printf("requests=%d wall_s=%.6f checksum=%u\n", requests, (to.tv_sec - from.tv_sec) + (to.tv_nsec - from.tv_nsec) / 1e9, sum);
}
