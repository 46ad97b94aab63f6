import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { test } from 'node:test'
import { clientOf, fail, initialize, start, succeed } from '../support/vault.ts'

test('operator seals a server and unseals it, by what needs no person or by a root file that is named', async (t) => {
  const vault = await initialize(t)
  const server = await start(t, ['serve', '--data', vault.data, '--port', '0'])
  const client = clientOf(vault, server)
  await succeed(['key', 'create', '--alias', 'kept'], client)
  const verb = (name: string, ...more: string[]): string[] => ['operator', name, '--data', vault.data, ...more]
  assert.match(await succeed(verb('seal')), /admin\.sock: sealed\.$/m)
  await fail(['key', 'show', 'alias/kept'], 4, /KMSInternalException/, { ...client, AWS_MAX_ATTEMPTS: '1' })
  assert.match(await succeed(verb('unseal')), /admin\.sock: open\.$/m)
  await succeed(verb('seal'))
  renameSync(vault.rootFile, `${vault.rootFile}.away`)
  await fail(verb('unseal'), 7, /admin\.sock: The root file \S+ does not exist/)
  const { servers } = JSON.parse(await succeed(verb('unseal', '--root-file', `${vault.rootFile}.away`, '--json'))) as {
    servers: { state: string }[]
  }
  assert.deepEqual(
    servers.map(({ state }) => state),
    ['open'],
  )
  await succeed(['key', 'show', 'alias/kept'], client)
  await server.stop()
  await fail(verb('seal'), 4, /No server has an admin socket/)
})
