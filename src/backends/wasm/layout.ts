/** The first bytes of the memory that all modules share: words by which threads find each other and their scratch memory. Then comes the heap. */

/** Addresses. Words that different threads write lie in different cache lines. */
export const control = {
  /** Times all threads have met; how many have arrived for the next time; how many sleep meanwhile. */
  generation: 1024,
  arrived: 1088,
  sleepers: 1152,
  /** Not 0: a thread has failed, and nobody must wait for it. */
  failed: 1216,
  /** Counts whatever idle workers have to look at: jobs and messages. */
  signal: 1280,
  /** How many workers sleep until the signal changes. */
  idle: 1344,
  /** The job: its number times `jobStep` plus how many threads take part, the number of its module, the address of its table. */
  job: 1408,
  jobModule: 1412,
  jobTable: 1416,
  /** Messages sent to each worker so far. */
  posted: 1472,
  /** Scratch memory: the address of thread 0's, and the bytes from one thread's to the next one's. */
  scratchBase: 1536,
  scratchStride: 1540,
  /** Counters of pieces of work: the address of thread 0's, and the bytes from one thread's to the next one's. All 0 between calls. */
  counters: 1544,
  counterStride: 1548,
  /** What threads pack together for a kernel: its address. */
  shared: 1552,
  /** From here a cache line for each worker: messages that it has handled, and the job that it took last. */
  workers: 4096,
} as const;

export const maxThreads = 64;
/** More than the most threads. */
export const jobStep = 128;
export const heapStart = 8192;

/** Bytes before the table of a call, and what is in them, by distance from the table: 1 + the number of a check that failed, and its value. */
export const tableHeader = 64;
export const faultCheck = -16;
export const faultValue = -8;
