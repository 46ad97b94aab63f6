import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Attempt, EnvelopeError, KmsError } from '@keyhold/client'
import { describeFailure, EXIT } from '../../src/process/exit.ts'
import { UsageError } from '../../src/base/errors.ts'

function refused(code: string, retryable = false, message = ''): KmsError {
  return new KmsError(code, message, { operation: 'Decrypt', endpoint: 'kms.example', retryable })
}

function unopened(...causes: unknown[]): EnvelopeError {
  return unopenedAfter(
    ...causes.map((cause) => ({ provider: 'aws-kms', key: 'k', tried: cause !== undefined, reason: 'r', cause })),
  )
}

function unopenedAfter(...attempts: Attempt[]): EnvelopeError {
  return new EnvelopeError('NO_KEY_OPENS', 'nothing opens', { attempts })
}

const CASES: readonly [what: string, error: unknown, exitCode: number][] = [
  ['a wrong call', new UsageError('x'), EXIT.usage],
  ['a denial', refused('AccessDeniedException'), EXIT.denied],
  ['a wrong secret', refused('InvalidSignatureException'), EXIT.denied],
  ['a session that STS calls ended', refused('ExpiredToken'), EXIT.denied],
  ['no connection', refused('UNREACHABLE', true), EXIT.unreachable],
  ['throttling', refused('ThrottlingException', true), EXIT.unreachable],
  ['an unknown code of a failing server', refused('SomethingException', true), EXIT.unreachable],
  ['an unknown refusal', refused('ValidationException'), EXIT.usage],
  ['a refusal named like a member of every object', refused('toString'), EXIT.usage],
  ['a missing key', refused('NotFoundException'), EXIT.keyUnusable],
  ['a disabled key', refused('DisabledException'), EXIT.keyUnusable],
  ['a changed message', new EnvelopeError('NOT_AUTHENTIC', 'x'), EXIT.doesNotOpen],
  ['a message cut off', new EnvelopeError('TRUNCATED', 'x'), EXIT.doesNotOpen],
  ['another context', new EnvelopeError('CONTEXT_MISMATCH', 'x'), EXIT.contradicts],
  ['a reserved name', new EnvelopeError('INVALID_CONTEXT', 'x'), EXIT.usage],
  ['a message without key commitment', new EnvelopeError('SUITE_REFUSED', 'x'), EXIT.doesNotOpen],
  ['a file that changes while it is read', new EnvelopeError('CONFLICT', 'x'), EXIT.unreachable],
  ['a key file that is none', new EnvelopeError('MALFORMED_KEY_FILE', 'x'), EXIT.doesNotOpen],
  ['no key of ours', unopened(undefined), EXIT.keyUnusable],
  ['a damaged data key', unopened(undefined, refused('InvalidCiphertextException')), EXIT.doesNotOpen],
  [
    'a key without a service that does not open',
    unopenedAfter({ provider: 'keyhold-key-file', key: 'k', tried: true, reason: 'r' }),
    EXIT.doesNotOpen,
  ],
  [
    'one key denied and one unreachable',
    unopened(refused('AccessDeniedException'), refused('TIMEOUT', true)),
    EXIT.unreachable,
  ],
  [
    'one key disabled and one denied',
    unopened(refused('DisabledException'), refused('AccessDeniedException')),
    EXIT.denied,
  ],
  ['a missing file', Object.assign(new Error('ENOENT: x'), { code: 'ENOENT', syscall: 'open' }), EXIT.file],
  ['anything else', new TypeError('undefined is not a function'), EXIT.bug],
  ['what is no error at all', 'x', EXIT.bug],
]

for (const [what, error, exitCode] of CASES) {
  test(`${what} exits with ${exitCode}`, () => {
    assert.equal(describeFailure(error).exitCode, exitCode)
  })
}

test('what is foreseen says what to do next, what is not is shown with its stack', () => {
  const { message } = describeFailure(refused('NotFoundException', false, 'no such key'))
  assert.match(message, /^NotFoundException: no such key\n.*keyhold key ls/)
  assert.match(describeFailure(new TypeError('odd')).message, /bug[^]*TypeError: odd[^]*exit\.test\.ts/)
})

test('nothing that others wrote can steer the terminal', () => {
  const { message } = describeFailure(refused('NotFoundException', false, '\u001b[2J\u202egone\nkeyhold: all is well'))
  assert.ok(!/[\u001b\u202e]/.test(message))
  assert.ok(!message.split('\n').includes('keyhold: all is well'))
})
