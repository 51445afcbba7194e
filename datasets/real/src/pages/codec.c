/* libcodec.so: what the pages are packed with. ROUNDS sets how dear checksum_block is. */
#include <stddef.h>
#include <stdint.h>
#ifdef INLINE_MATCH
#define MAYBE_INLINE static inline __attribute__((always_inline))
#else
#define MAYBE_INLINE __attribute__((noinline)) static
#endif
/* GCC leaves out the frame of functions that call nothing, and stacks then lack their callers. */
#define KEEP_FRAME __asm__ volatile("" ::"r"(__builtin_frame_address(0)))
#ifndef ROUNDS
#define ROUNDS 10
#endif
__attribute__((noinline)) static uint32_t checksum_block(const uint8_t *block, size_t size) {
  KEEP_FRAME;
  uint32_t sum = 1;
  for (int round = 0; round < ROUNDS; round++)
    for (size_t i = 0; i < size; i++) sum = (sum ^ block[i]) * 16777619u + (uint32_t)round;
  return sum;
}
MAYBE_INLINE size_t match_window(const uint8_t *page, size_t at, size_t size) {
  KEEP_FRAME;
  size_t best = 0;
  for (size_t back = at > 12 ? at - 12 : 0; back < at; back++) {
    size_t equal = 0;
    for (size_t i = 0; i < 16 && at + i < size; i++) equal += page[back + i] == page[at + i];
    best = equal > best ? equal : best;
  }
  return best;
}
uint32_t compress_page(const uint8_t *page, size_t size) {
  uint32_t packed = 0;
  for (size_t at = 0; at < size; at += 16) packed += match_window(page, at, size);
  for (size_t at = 0; at + 512 <= size; at += 2048) packed ^= checksum_block(page + at, 512);
  return packed;
}
