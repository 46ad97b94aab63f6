import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type KeyholdServer, startKeyhold } from '../../../../tools/testing/keyhold.ts'
import { cleanEnvironment, clientOfDev, fail, succeed, temporaryFolder } from '../support/vault.ts'

const MESSAGE = { 2: /private half|does not name|by itself/, 6: /umbrella/, 7: /raw RSA key/, 9: /exist/ } as const

describe('recovery keys', () => {
  let server: KeyholdServer
  let env: NodeJS.ProcessEnv
  before(async () => {
    server = await startKeyhold(['dev', '--port', '0'], cleanEnvironment())
    env = clientOfDev(server, '111122223333')
  })
  after(() => server?.stop())

  test('open files when the KMS and everything about it is gone', async (scope) => {
    const folder = temporaryFolder(scope)
    const path = (name: string): string => join(folder, name)
    const made = await succeed(['recovery-key', 'create', path('recovery.pem'), '--json'], cleanEnvironment())
    const { name, publicFile } = JSON.parse(made) as { name: string; publicFile: string }
    assert.match(name, /^[0-9a-f]{64}$/)
    if (process.platform !== 'win32') assert.equal(statSync(path('recovery.pem')).mode & 0o777, 0o600)
    await fail(['recovery-key', 'create', path('recovery.pem')], 9, MESSAGE[9], cleanEnvironment())

    const arn = (JSON.parse(await succeed(['key', 'create', '--json'], env)) as { Arn: string }).Arn
    writeFileSync(path('plain'), 'To do: pigeons\n')
    const under = ['-k', arn, '-c', 'tenant=acme', '--recovery-key']
    await fail(['encrypt', ...under, path('recovery.pem'), '-o', path('sealed'), path('plain')], 2, MESSAGE[2], env)
    writeFileSync(path('two.pub'), readFileSync(publicFile, 'utf8').repeat(2))
    await fail(['encrypt', ...under, path('two.pub'), '-o', path('sealed'), path('plain')], 2, /several keys/, env)
    await succeed(['encrypt', ...under, publicFile, '-o', path('sealed'), path('plain')], env)
    await succeed(['key-file', 'create', '-k', arn, path('file.kkf')], env)
    const byFile = ['encrypt', '--key-file', path('file.kkf'), '--recovery-key', publicFile]
    await succeed([...byFile, '-o', path('sealed-2'), path('plain')], env)
    await succeed(['decrypt', '-c', 'tenant=acme', '-o', path('opened'), path('sealed')], env)
    assert.equal(readFileSync(path('opened'), 'utf8'), 'To do: pigeons\n')

    // Neither an endpoint nor a Region nor credentials are left.
    const alone = cleanEnvironment()
    const open = ['decrypt', '--recovery-key', path('recovery.pem')]
    assert.equal(await succeed([...open, '-c', 'tenant=acme', path('sealed')], alone), 'To do: pigeons\n')
    assert.equal(await succeed([...open, path('sealed-2')], alone), 'To do: pigeons\n')
    await fail([...open, '--key-file', path('file.kkf'), path('sealed-2')], 7, /raw RSA key/, alone)
    await succeed(['key-file', 'create', '-k', arn, '--recovery-key', publicFile, path('both.kkf')], env)
    await succeed(['encrypt', '--key-file', path('both.kkf'), '-o', path('sealed-3'), path('plain')], env)
    const opened = await succeed([...open, '--key-file', path('both.kkf'), path('sealed-3')], alone)
    assert.equal(opened, 'To do: pigeons\n')
    await fail([...open, '-c', 'tenant=umbrella', path('sealed')], 6, MESSAGE[6], alone)
    await fail([...open, '-k', arn, path('sealed')], 2, MESSAGE[2], alone)
    await fail(['decrypt', '--recovery-key', publicFile, path('sealed')], 2, MESSAGE[2], alone)

    // One that was encrypted without a KMS as well.
    await succeed(['encrypt', '--recovery-key', publicFile, '-o', path('sealed-4'), path('plain')], alone)
    assert.equal(await succeed([...open, path('sealed-4')], alone), 'To do: pigeons\n')
    await fail(['key-file', 'create', '--recovery-key', publicFile, path('alone.kkf')], 2, /recovery key alone/, alone)
    await fail(
      ['encrypt', '--recovery-key', publicFile, '--public-key', publicFile, path('plain')],
      2,
      /by its ARN/,
      alone,
    )
    await succeed(
      ['rewrap', '--from-recovery-key', path('recovery.pem'), '--recovery-key', publicFile, path('sealed-4')],
      alone,
    )
    assert.equal(await succeed([...open, path('sealed-4')], alone), 'To do: pigeons\n')

    // Back under a KMS: another key, and the recovery key is left out.
    const second = (JSON.parse(await succeed(['key', 'create', '--json'], env)) as { Arn: string }).Arn
    await succeed(['rewrap', '--from-recovery-key', path('recovery.pem'), '-k', second, path('sealed')], env)
    assert.equal(await succeed(['decrypt', '-k', second, path('sealed')], env), 'To do: pigeons\n')
    await fail([...open, path('sealed')], 7, MESSAGE[7], alone)
  })
})
