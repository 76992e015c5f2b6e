// What a program of somebody else's may take of the machine. Node's permission model keeps an honest mistake from doing harm; a
// user of its own and the kernel's limits hold where it does not.

/** How a program is kept apart. */
export interface Sandbox {
  /** The user and group that it runs as: one that owns nothing else, so that it can signal and write nothing else. */
  uid: number;
}

/** JavaScript's heap, in megabytes; buffers come on top. */
export const HEAP_MB = 512;
/** All memory that a program may write to, in kilobytes: Node reserves 500 MB of it for itself at the start. */
const DATA_KB = 1_500_000;
/** Threads of all programs of this user: a Node has eleven, and a chapter runs up to six at once. */
const PROCESSES = 256;
const OPEN_FILES = 1_024;
/** The largest file, in blocks of 512 bytes: 256 MB. */
const FILE_BLOCKS = 524_288;
/** Of the processor. */
const CPU_SECONDS = 900;

/** The limits as a command of sh(1). Shells disagree on the letter for processes, and not every system has every limit. */
export function limits(): string {
  const processes = `{ ulimit -u ${PROCESSES} || ulimit -p ${PROCESSES}; } 2>/dev/null`;
  const others = [`-n ${OPEN_FILES}`, `-f ${FILE_BLOCKS}`, `-t ${CPU_SECONDS}`, '-c 0'].map(
    (limit) => `ulimit ${limit}`,
  );
  // Several programs together may still take all there is; then the kernel is to end one of them, and not the grader.
  const first = '{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null';
  return [first, processes, ...others, `ulimit -d ${DATA_KB} 2>/dev/null`].join('; ');
}
