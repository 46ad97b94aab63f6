/** An HSM that goes away and comes back: a server that runs does not need it, and one that starts waits for it. */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { KmsClient } from '../../packages/server/test/host/assembly/support/client.ts'
import { PIN, SOFTHSM, softHsm } from '../../packages/server/test/support/softhsm.ts'
import { parseCredentials } from '../../tools/testing/credentials.ts'
import { makeDataFolder } from '../../tools/testing/data-folder.ts'
import { keyhold, type KeyholdServer, startKeyhold } from '../../tools/testing/keyhold.ts'
import { needs } from '../../tools/testing/needs.ts'

const skip = needs('softhsm2', 'pkcs11js')

test(
  'a server outlives its HSM, starts sealed without it, and opens by itself when it is back',
  { skip },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'keyhold-devices-'))
    t.after(() => rm(folder, { recursive: true }))
    const [data, pin] = [join(folder, 'data'), join(folder, 'pin')]
    await makeDataFolder(data, join(folder, 'credentials'))
    const credentials = await parseCredentials(folder)
    using hsm = softHsm(join(folder, 'hsm'))
    hsm.token('keyhold')
    writeFileSync(pin, PIN, { mode: 0o600 })
    const token = ['--library', SOFTHSM, '--token-label', 'keyhold', '--pin-file', pin]
    const added = await keyhold(['operator', 'root', 'add', 'pkcs11', '--data', data, '--name', 'hsm', ...token])
    assert.equal(added.status, 0, added.stderr)
    rmSync(`${data}.root`)

    const serve = (): Promise<KeyholdServer> => startKeyhold(['serve', '--data', data, '--port', '0'])
    const listed = async (server: KeyholdServer): Promise<number> => {
      using client = new KmsClient(server.endpoint, credentials)
      return (await client.call('ListKeys', {})).status
    }
    const first = await serve()
    const plugIn = hsm.unplug()
    assert.equal(await listed(first), 200)
    await first.stop()

    const second = await serve()
    t.after(() => second.stop('SIGKILL'))
    assert.equal(await listed(second), 500)
    // A process that runs keeps its environment: the tokens come back to where it looks for them.
    hsm.moveToUnplugged()
    for (let tries = 0; tries < 100 && (await listed(second)) !== 200; tries++) await sleep(200)
    assert.equal(await listed(second), 200)
    plugIn()
    await second.stop()
  },
)
