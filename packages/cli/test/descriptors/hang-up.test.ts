import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Envelope, generateRecoveryKey, recoveryKey } from '@keyhold/client'
import { nodeArguments } from '../../../../tools/testing/keyhold.ts'
import { needs } from '../../../../tools/testing/needs.ts'
import { cleanEnvironment, temporaryFolder } from '../support/vault.ts'

/**
 * Runs each command on a terminal of its own in a folder of its own, feeds it half of its input by a named pipe, and closes
 * the terminal once its temporary file is there. The system sends a SIGHUP then, and a shell another one.
 */
const TERMINALS = `
import json, os, pty, signal, sys, time

def run(folder, argv, half, again):
    os.chdir(folder)
    os.mkfifo("in")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(argv[0], argv)
    pipe = os.open("in", os.O_RDWR)
    os.set_blocking(pipe, False)
    data = memoryview(open(half, "rb").read())
    deadline = time.time() + 30
    while data or not any(name.endswith(".tmp") for name in os.listdir(".")):
        if time.time() > deadline:
            return "no temporary file"
        try:
            data = data[os.write(pipe, data):] if data else data
        except BlockingIOError:
            pass
        time.sleep(0.01)
    os.close(terminal)
    if again:
        os.kill(pid, signal.SIGHUP)
    ended = os.waitpid(pid, 0)[1]
    os.close(pipe)
    return os.waitstatus_to_exitcode(ended)

print(json.dumps([run(*each) for each in json.loads(sys.argv[1])]))
`

const SIGHUP = 1
/** With its public key, no KMS is asked. */
const RSA = 'arn:aws:kms:us-east-1:111122223333:key/11111111-2222-4333-8444-555555555555'

test('a terminal that closes leaves no temporary file', { skip: needs('python3'), timeout: 120_000 }, async (scope) => {
  const folder = temporaryFolder(scope)
  const [pem, pub, rsa] = [join(folder, 'r.pem'), join(folder, 'r.pub'), join(folder, 'rsa.pub')]
  const { privateKey, publicKey } = await generateRecoveryKey()
  writeFileSync(pem, privateKey)
  writeFileSync(pub, publicKey)
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(rsa, pair.publicKey.export({ type: 'spki', format: 'pem' }))
  const plain = Buffer.alloc(600_000, 'A page of the ledger.\n')
  const message = await new Envelope({ keyring: recoveryKey({ publicKey }) }).encrypt(plain)
  writeFileSync(join(folder, 'plain'), plain.subarray(0, 400_000))
  writeFileSync(join(folder, 'message'), message.subarray(0, 400_000))

  const command = (...args: string[]): string[] => [process.execPath, ...nodeArguments([...args, '-o', 'out', 'in'])]
  const rows = [true, false].flatMap((again) => [
    { args: command('encrypt', '-k', RSA, '--public-key', rsa, '--recovery-key', pub), half: 'plain', again },
    { args: command('decrypt', '--recovery-key', pem), half: 'message', again },
  ])
  const runs = rows.map(({ args, half, again }, index) => {
    mkdirSync(join(folder, `${index}`))
    return [join(folder, `${index}`), args, join(folder, half), again]
  })
  const env = cleanEnvironment()
  const { stdout } = await promisify(execFile)('python3', ['-c', TERMINALS, JSON.stringify(runs)], { env })
  const signalled = 128 + SIGHUP
  // At a second signal a thread that waits may leave it to the signal itself to end the process.
  for (const code of JSON.parse(stdout) as unknown[]) assert.ok(code === signalled || code === -SIGHUP, stdout)
  for (const index of rows.keys()) assert.deepEqual(readdirSync(join(folder, `${index}`)), ['in'])
})
