/** Clients of AWS that we did not write, unmodified, through real proxies. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { folder } from '../../tools/testing/folder.ts'
import { ended } from '../../tools/testing/keyhold.ts'
import { AWS_ENDPOINT_URL, needs } from '../../tools/testing/needs.ts'
import { missingBoto3 } from '../boto3.ts'
import { type Proxy, PROXY_ADDRESS, startHaproxy, startHaproxyV2, startNginx } from '../proxies.ts'
import { pythonThatRuns } from '../python.ts'
import { clientEnvironment, startServer, type TestServer } from '../server.ts'

const TRUSTED = ['--trusted-proxy', PROXY_ADDRESS]
const TOUR = join(import.meta.dirname, '../boto3_tour.py')

const PROXIES = [
  ['nginx', 'nginx', startNginx, TRUSTED],
  ['haproxy', 'haproxy', startHaproxy, TRUSTED],
  ['haproxy with the PROXY protocol', 'haproxy', startHaproxyV2, [...TRUSTED, '--proxy-protocol']],
] as const

for (const [name, tool, start, flags] of PROXIES) {
  test(`boto3 finds behind ${name} what it finds in AWS`, { skip: needs(tool) || missingBoto3() }, async () => {
    await through(start, flags, async (proxy, server, env) => {
      const python = pythonThatRuns('import boto3')!
      const tour = { ...env, KEYHOLD_ENDPOINT: proxy.https, KEYHOLD_ACCOUNT: server.accountId }
      const { status, stdout, stderr } = await ended(spawn(python, ['-B', TOUR], { env: tour }))
      assert.equal(status, 0, stderr)
      assert.match(stdout, /^passed: cryptography$/m)
    })
  })

  test(`the aws command works behind ${name}`, { skip: needs(tool, AWS_ENDPOINT_URL) }, async () => {
    await through(start, flags, async (proxy, _, env) => {
      const own = { ...env, AWS_ENDPOINT_URL: proxy.https }
      const made = await ended(spawn('aws', ['kms', 'create-key', '--output', 'json'], { env: own }))
      assert.equal(made.status, 0, made.stderr)
      const { KeyMetadata } = JSON.parse(made.stdout) as { KeyMetadata: { KeyId: string } }
      const asked = ['kms', 'generate-data-key', '--key-id', KeyMetadata.KeyId, '--key-spec', 'AES_256']
      assert.equal((await ended(spawn('aws', asked, { env: own }))).status, 0)
    })
  })
}

async function through(
  start: (upstream: string) => Promise<Proxy>,
  flags: readonly string[],
  use: (proxy: Proxy, server: TestServer, env: NodeJS.ProcessEnv) => Promise<void>,
): Promise<void> {
  const server = await startServer(flags)
  try {
    await using place = await folder()
    await using proxy = await start(server.endpoint)
    await writeFile(place.path('ca.pem'), proxy.ca)
    await use(proxy, server, { ...clientEnvironment(server), AWS_CA_BUNDLE: place.path('ca.pem') })
  } finally {
    await server.stop()
  }
}
