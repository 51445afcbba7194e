/** Section that shows what every CPU did. */
export const CPUS_TABLE = 'cpu-time/cpus/table';
