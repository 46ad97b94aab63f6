import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { test } from 'node:test'
import { describeFailure, EXIT } from '../../src/process/exit.ts'
import { systemFailure } from '../../src/base/system-failure.ts'
import type { SystemError } from '../../src/base/system-failure.ts'

/** As Node's own: `ENOENT: no such file or directory, stat 'x'`. */
function refused(code: string, more: Partial<SystemError> = {}): SystemError {
  const { syscall = 'open', path = 'x' } = more
  const errno = -(constants.errno as Readonly<Record<string, number>>)[code]!
  return Object.assign(new Error(`${code}: words of libuv, ${syscall} '${path}'`), {
    code,
    errno,
    syscall,
    path,
    ...more,
  })
}

const CONNECTION = /^(EADDR|ECONN|EHOST|ENET(DOWN|UNREACH)|ETIMEDOUT)/

test('every errno that there is becomes a sentence, and an exit code of files or of connections', () => {
  const codes = Object.keys(constants.errno)
  assert.ok(codes.length > 70)
  for (const code of codes) {
    const { message, exitCode } = describeFailure(refused(code))
    assert.match(message, /^(Cannot open "x"|No connection): .{5,}\.(\n|$)/, code)
    assert.doesNotMatch(message, new RegExp(`^${code}|undefined|words of libuv`), code)
    assert.equal(exitCode, CONNECTION.test(code) ? EXIT.unreachable : EXIT.file, code)
  }
})

test('an errno that this Node does not know has its code for a reason', () => {
  assert.equal(systemFailure(refused('ENEW', { errno: undefined })).sentence, 'Cannot open "x": ENEW.')
})

test('a sentence says what was being done, and to what', () => {
  const sentences: [Partial<SystemError>, string][] = [
    [{ syscall: 'stat' }, 'Cannot read "x": permission denied.'],
    [{ syscall: 'write', path: undefined }, 'Cannot write: permission denied.'],
    [{ syscall: 'rename', dest: 'y' }, 'Cannot replace "y": permission denied.'],
    [{ syscall: 'unlink' }, 'Cannot remove "x": permission denied.'],
    [{ syscall: 'mkdir' }, 'Cannot make the folder "x": permission denied.'],
    [{ syscall: 'scandir' }, 'Cannot list the folder "x": permission denied.'],
    [{ syscall: 'toString' }, 'Cannot use (toString) "x": permission denied.'],
  ]
  for (const [error, sentence] of sentences) {
    assert.equal(systemFailure(refused('EACCES', { path: 'x', ...error })).sentence, sentence)
  }
})

test('the name of a file cannot steer the terminal', () => {
  const { message } = describeFailure(refused('ENOENT', { path: 'a\n\u001b[2J\u202eb"' }))
  assert.equal(message, 'Cannot open "a\\n\\u001b[2J\\u202eb\\"": no such file or folder.\nCheck the name.')
})
