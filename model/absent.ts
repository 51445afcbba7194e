/** `cpu` columns when the capture did not record the CPU. */
export const NO_CPU = 0xffff;
/** `threads.pid` and `threads.tid` when the capture did not record them (perf prints −1 itself for exited tasks). */
export const NO_ID = -1;
/** `priority` columns when the capture did not record it; −1 is what the kernel prints for deadline tasks. */
export const NO_PRIORITY = -2;
