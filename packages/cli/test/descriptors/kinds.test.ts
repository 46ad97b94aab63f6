import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Envelope, generateRecoveryKey, rawAes } from '@keyhold/client'
import { nodeArguments } from '../../../../tools/testing/keyhold.ts'
import { needs } from '../../../../tools/testing/needs.ts'
import { kindOf } from '../../src/descriptors/kind.ts'
import { cleanEnvironment } from '../support/vault.ts'

const TESTS = ['isFile', 'isDirectory', 'isBlockDevice', 'isCharacterDevice', 'isFIFO', 'isSocket'] as const

test('every kind that the system names is known, and what it does not name is not taken for another', () => {
  const kinds = ['file', 'folder', 'block', 'character', 'pipe', 'socket'] as const
  const status = (is: string): Parameters<typeof kindOf>[0] =>
    Object.fromEntries(TESTS.map((name) => [name, () => name === is])) as unknown as Parameters<typeof kindOf>[0]
  for (const [index, kind] of kinds.entries()) assert.equal(kindOf(status(TESTS[index]!)), kind)
  assert.equal(kindOf(status('isCharacterDevice'), true), 'terminal')
  assert.equal(kindOf(status('none')), 'other')
})

/** How a shell plugs the command, and what its exit code and words are. `K` is the command, `X` too, in the place of a shell; `m` a message without a key, `D` and `V` open and verify `rm`, whose plaintext is `plain`. */
const ROWS: readonly [command: string, exitCode: number, says: RegExp][] = [
  ['K inspect m > /dev/full', 9, /^keyhold: Cannot write to standard output: no space is left on the disk\./],
  ['K --help > /dev/full', 9, /^keyhold: Cannot write to standard output/],
  ['K completion bash > /dev/full', 9, /^keyhold: Cannot write to standard output/],
  ['K inspect m 1< m', 9, /^keyhold: Cannot write to standard output/],
  ['K inspect < .', 9, /^keyhold: standard input is a folder\. Name a file\.$/],
  ['K inspect <&-', 9, /^keyhold: Standard input is closed\.$/],
  ['K inspect < /dev/null', 5, /^keyhold: Standard input is empty/],
  ['K inspect 0> x', 9, /^keyhold: Cannot read standard input/],
  ['K inspect < m > out && cmp out facts', 0, /^$/],
  ['cat m | K inspect | cmp - facts', 0, /^$/],
  ['mkfifo p && (cat m > p & K inspect p > out2; cmp out2 facts)', 0, /^$/],
  ['K inspect < /dev/zero', 5, /begins with the byte 0/],
  ['echo before > log && K inspect < m >> log && grep -q before log && tail -n +2 log | cmp - facts', 0, /^$/],
  ['K inspect m | true; exit ${PIPESTATUS[0]}', 141, /^$/],
  ['K bogus 2>&-', 2, /^$/],
  ['K bogus 2> /dev/full', 2, /^$/],
  ['K bogus 2>&1 | true; exit ${PIPESTATUS[0]}', 2, /^$/],
  ['mkfifo q && { X inspect q & sleep 2; kill -TERM $!; wait $!; }', 143, /^$/],
  ['mkfifo w && { X decrypt --recovery-key r.pem -o w rm & sleep 2; kill -TERM $!; wait $!; }', 143, /^$/],
  ['mkfifo v && { (cat v > got &) ; K decrypt --recovery-key r.pem -o v rm; sleep 0.2; cmp got plain; }', 0, /^$/],
  [
    'mkfifo n && { X verify --recovery-key r.pem --metadata-output n rm & sleep 2; kill -TERM $!; wait $!; }',
    143,
    /^$/,
  ],
  [
    'mkfifo o && { (cat o > log2 &) ; K verify --recovery-key r.pem --metadata-output o rm && sleep 0.2 && grep -q messageVersion log2; }',
    0,
    /^$/,
  ],
  ['K decrypt --recovery-key r.pem rm > got2 && cmp got2 plain', 0, /^$/],
  ['K decrypt --recovery-key r.pem rm > /dev/full', 9, /^keyhold: Cannot write to standard output: no space/],
  ['echo 1 > l1; (echo 2; D -o /dev/stdout rm; echo 3) > l1; (echo 2; cat plain; echo 3) | cmp - l1', 0, /^$/],
  ['echo 1 > l2; D -o /proc/self/fd/1 rm >> l2; (echo 1; cat plain) | cmp - l2', 0, /^$/],
  ['ln -s /dev/stdout so; (echo 2; D -o so rm; echo 3) > l3; (echo 2; cat plain; echo 3) | cmp - l3', 0, /^$/],
  ['(echo 2 >&3; D -o /dev/fd/3 rm; echo 3 >&3) 3> l4; (echo 2; cat plain; echo 3) | cmp - l4', 0, /^$/],
  ['echo 1 > l6; D -o /dev/fd/3 rm 3>> l6; (echo 1; cat plain) | cmp - l6', 0, /^$/],
  ['D -o /dev/stderr rm 2>&1 > nowhere | cmp - plain', 0, /^$/],
  ['(echo 2; V --metadata-output /dev/stdout rm; echo 3) > l5; [ "$(cut -c 1 l5 | tr -d "\\n")" = "2{3" ]', 0, /^$/],
  ['D -o /dev/stdout rm | cmp - plain', 0, /^$/],
  ['cp rm rm1; D rm1 >> rm1', 2, /^keyhold: "rm1" is the file that the output is written to/],
  ['cp rm rm2; D < rm2 >> rm2', 2, /^keyhold: Standard input is the file that the output is written to/],
  ['cp r.pem r2.pem; K decrypt --recovery-key r2.pem -o r2.pem rm', 2, /^keyhold: "r2.pem" is a key that this command/],
  ['for n in 3 4 5 6 7 8 9 10 11 12 13 14; do D -o /dev/fd/$n rm; [ $? = 9 ] || exit $n; done', 0, /is not open/],
  ['for n in 5 6 7 8; do D /dev/fd/$n > nothing; [ $? = 9 ] || exit $n; done', 0, /is not open/],
  ['K decrypt --recovery-key r.pem rm | head -c 10 | cat > /dev/null; exit ${PIPESTATUS[0]}', 141, /^$/],
]

describe('the command, plugged into', { skip: needs('bash'), concurrency: 4 }, () => {
  let folder: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'keyhold-kinds-'))
    const keyring = rawAes({ namespace: 'n', name: 'k', wrappingKey: new Uint8Array(32) })
    writeFileSync(join(folder, 'm'), await new Envelope({ keyring }).encrypt(Buffer.of(1)))
    await recoverable()
    await shell('K inspect m > facts')
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  /** A message that a recovery key opens, which takes no KMS. */
  async function recoverable(): Promise<void> {
    const { recoveryKeyring } = await import('@keyhold/client').then((client) => ({
      recoveryKeyring: client.recoveryKey,
    }))
    const { privateKey, publicKey } = await generateRecoveryKey()
    writeFileSync(join(folder, 'r.pem'), privateKey)
    const plain = Buffer.alloc(300_000, 'A page of the ledger.\n')
    writeFileSync(join(folder, 'plain'), plain)
    writeFileSync(join(folder, 'rm'), await new Envelope({ keyring: recoveryKeyring({ publicKey }) }).encrypt(plain))
  }

  function shell(command: string): Promise<{ exitCode: number; stderr: string }> {
    const keyhold = [process.execPath, ...nodeArguments([])].map((word) => `"${word}"`).join(' ')
    const script = `K() { ${keyhold} "$@"; }\nX() { exec ${keyhold} "$@"; }\nD() { K decrypt --recovery-key r.pem "$@"; }\nV() { K verify --recovery-key r.pem "$@"; }\n${command}`
    const options = { cwd: folder, env: cleanEnvironment(), timeout: 60_000 }
    return new Promise((resolve) => {
      execFile('bash', ['-c', script], options, (error, _stdout, stderr) =>
        resolve({ exitCode: error === null ? 0 : Number(error.code), stderr }),
      )
    })
  }

  for (const [command, exitCode, says] of ROWS) {
    test(command, async () => {
      const ended = await shell(command)
      assert.equal(ended.exitCode, exitCode, ended.stderr)
      assert.match(ended.stderr.trim(), says)
      assert.doesNotMatch(ended.stderr, /^\s+at /m)
      assert.ok(readFileSync(join(folder, 'm')).length > 0)
    })
  }
})
