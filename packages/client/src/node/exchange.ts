import { spawn } from 'node:child_process'
import type { BigIntStats } from 'node:fs'
import { basename, dirname } from 'node:path'

/** The number of renameat2(2) among the system calls, from the kernel's `scripts/syscall.tbl` and its like. */
const RENAMEAT2: Readonly<Record<string, number>> = { x64: 316, arm64: 276, riscv64: 276, ppc64: 357, s390x: 347 }

const STATUS = Object.freeze({ done: 0, changed: 3 })

/**
 * Exchanges two names in Perl: renameat2(2) with the current folder, AT_FDCWD, and RENAME_EXCHANGE. If what comes out is not
 * the expected file, it goes back, until what comes out is what was put in last: then the path has what others have put
 * there last. A file is known by its device, its inode and its size, fields 0, 1 and 7 of lstat.
 */
const SCRIPT = `
my ($call, $own, $path, $expected) = @ARGV;
sub facts { join ':', (lstat $_[0])[0, 1, 7] }
sub exchange { syscall($call + 0, -100, $own, -100, $path, 2) == 0 }
exit ${STATUS.changed} if facts($path) ne $expected;
my $last = facts($own);
exit 1 unless exchange();
exit ${STATUS.done} if facts($own) eq $expected;
for (1 .. 100) {
  my $next = facts($own);
  last unless exchange();
  last if facts($own) eq $last;
  $last = $next;
}
exit ${STATUS.changed};
`

/**
 * Puts what has one name in the place of the expected file, which gets that name. It is one step: at no time is there no file of
 * the name, and if there is another one than expected, that stays.
 *
 * @returns undefined where it cannot be done: on systems other than Linux, on file systems that do not know it, without Perl,
 *   and for names that are no UTF-8. Then nothing has changed.
 */
export function exchange(own: string, path: string, expected: BigIntStats): Promise<'done' | 'changed' | undefined> {
  const call = RENAMEAT2[process.arch]
  if (process.platform !== 'linux' || call === undefined || !path.isWellFormed()) return Promise.resolve(undefined)
  const facts = [expected.dev, expected.ino, expected.size].join(':')
  const args = ['-e', SCRIPT, String(call), `./${basename(own)}`, `./${basename(path)}`, facts]
  return new Promise((resolve) => {
    // The folder may be one that this process holds open: its child goes there before it is another program.
    // In a group of its own: Ctrl-C on a terminal must not end it between two exchanges.
    const child = spawn('perl', args, { cwd: dirname(path), stdio: 'ignore', detached: true })
    child.on('error', () => resolve(undefined))
    child.on('close', (code) => {
      if (code === STATUS.done) resolve('done')
      else resolve(code === STATUS.changed ? 'changed' : undefined)
    })
  })
}
