import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Reloadable, Reloading } from '../../../../src/host/assembly/reload/reload.ts'
import { TokenIssuers } from '../../../../src/host/assembly/reload/token-issuers.ts'
import { operator } from '../../../../src/index.ts'
import { jwk, rsaKey, signed } from '../../../identity/authentication/web-identity/fixture.ts'
import { silentLogger } from '../../../support/silent-logger.ts'
import type { KmsClient } from '../support/client.ts'
import { Vault } from '../support/vault.ts'

/** More than any disk has. */
const EVERYTHING_MEBIBYTES = 2 ** 40

let vault: Vault
let folder: string
before(async () => {
  vault = await Vault.create()
  folder = await mkdtemp(join(tmpdir(), 'keyhold-reload-'))
  await operator.setRequestRate(vault.folder, { group: 'ListKeys', perSecond: 0.01 })
})
after(async () => {
  await vault[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const listings = async (client: KmsClient): Promise<boolean[]> => {
  const statuses: number[] = []
  for (let call = 0; call < 3; call++) statuses.push((await client.call('ListKeys', { Limit: 1 })).status)
  return statuses.map((status) => status === 200)
}

test('a running server begins to enforce rates, shares them, and ends it', async () => {
  await using server = await vault.serve({ rates: 'off' })
  using client = vault.client(server)
  assert.deepEqual(await listings(client), [true, true, true])
  assert.deepEqual(await server.reload({ logLevel: 'silent', rates: 'on' }), {
    applied: ['request rates'],
    refused: [],
    needsRestart: [],
  })
  assert.deepEqual((await listings(client)).slice(1), [false, false])
  assert.deepEqual(await server.reload({ logLevel: 'silent', rates: 'on' }), {
    applied: [],
    refused: [],
    needsRestart: [],
  })
  assert.deepEqual((await server.reload({ logLevel: 'silent', rates: 'on', rateWorkers: 3 })).applied, [
    'request rates',
  ])
  assert.deepEqual((await server.reload({ logLevel: 'silent', rates: 'off', rateWorkers: 3 })).applied, [
    'request rates',
  ])
  assert.deepEqual(await listings(client), [true, true, true])
})

test('a running server reserves disk space, and gives it up again', async () => {
  await using server = await vault.serve()
  using client = vault.client(server)
  const random = async (): Promise<number> => (await client.call('GenerateRandom', { NumberOfBytes: 8 })).status
  assert.equal(await random(), 200)
  const reserving = { logLevel: 'silent', rates: 'off', reserveMebibytes: EVERYTHING_MEBIBYTES } as const
  assert.deepEqual((await server.reload(reserving)).applied, ['reserved disk space'])
  assert.equal(await random(), 500)
  assert.deepEqual((await server.reload(reserving)).applied, [])
  assert.deepEqual((await server.reload({ logLevel: 'silent', rates: 'off' })).applied, ['reserved disk space'])
  assert.equal(await random(), 200)
})

test('issuers are accepted and forgotten while the server runs, and a list that cannot be used changes nothing', async () => {
  const key = rsaKey()
  const file = join(folder, 'jwks.json')
  writeFileSync(file, JSON.stringify({ keys: [jwk(key, 'k')] }))
  const issuer = 'https://issuer.test/reloaded'
  const nowSeconds = Date.now() / 1000
  const claims = { iss: issuer, aud: 'sts', sub: 'web', iat: nowSeconds, exp: nowSeconds + 600 }
  const token = signed(key, { alg: 'RS256', kid: 'k' }, claims)
  const good = { oidcIssuers: [{ issuer, audiences: ['sts'], jwks: { file } }] }
  const bad = { oidcIssuers: [{ issuer, audiences: [], jwks: { file } }] }

  const issuers = await TokenIssuers.open({}, { logger: silentLogger })
  const reloading = new Reloading([issuers])
  const isAccepted = (): Promise<boolean> =>
    issuers.verifyToken(token).then(
      ({ subject }) => subject === 'web',
      () => false,
    )
  assert.equal(await isAccepted(), false)
  assert.deepEqual((await reloading.reload(good)).applied, ['OpenID Connect issuers'])
  assert.equal(await isAccepted(), true)
  const { applied, refused } = await reloading.reload(bad)
  assert.deepEqual([applied, refused.length], [[], 1])
  assert.match(refused[0]!.why, /needs 1 to 100 audiences/)
  assert.equal(await isAccepted(), true)
  assert.deepEqual((await reloading.reload({})).applied, ['OpenID Connect issuers'])
  assert.equal(await isAccepted(), false)
})

test('the level of the log changes', async () => {
  await using server = await vault.serve({ logLevel: 'silent' })
  assert.deepEqual((await server.reload({ rates: 'off', logLevel: 'error' })).applied, ['log level'])
  assert.deepEqual((await server.reload({ rates: 'off', logLevel: 'error' })).applied, [])
  assert.deepEqual((await server.reload({ rates: 'off', logLevel: 'silent' })).applied, ['log level'])
})

test('proxies are trusted and pages allowed while the server runs, and lists that cannot be used change nothing', async () => {
  await using server = await vault.serve()
  const others = { logLevel: 'silent', rates: 'off' } as const
  const origin = 'https://app.example'
  const allowed = async (): Promise<string | null> => {
    const answer = await fetch(`${server.endpoint}/healthz`, { headers: { origin } })
    await answer.arrayBuffer()
    return answer.headers.get('access-control-allow-origin')
  }
  const conflicting = async (): Promise<boolean> => {
    const headers = { forwarded: 'for=192.0.2.1', 'x-forwarded-for': 'no address at all' }
    const answer = await fetch(server.endpoint, { method: 'POST', headers, body: '{}' })
    return (await answer.text()).includes('ForwardedHeadersRefused')
  }
  assert.deepEqual([await allowed(), await conflicting()], [null, false])
  const right = { ...others, allowedOrigins: [origin], trustedProxies: ['127.0.0.1'] }
  assert.deepEqual((await server.reload(right)).applied, ['trusted proxies', 'allowed origins'])
  assert.deepEqual([await allowed(), await conflicting()], [origin, true])
  const wrong = await server.reload({ ...others, allowedOrigins: ['*'], trustedProxies: ['0.0.0.0/0'] })
  assert.deepEqual(
    wrong.refused.map(({ what }) => what),
    ['trusted proxies', 'allowed origins'],
  )
  assert.deepEqual([await allowed(), await conflicting()], [origin, true])
  assert.deepEqual((await server.reload(others)).applied, ['trusted proxies', 'allowed origins'])
  assert.deepEqual([await allowed(), await conflicting()], [null, false])
})

test('one part that refuses its options keeps no other from taking theirs, and reloads do not overlap', async () => {
  const order: string[] = []
  const part = (what: string, outcome: 'applied' | 'unchanged' | 'needs restart' | Error): Reloadable => ({
    what,
    async reload() {
      order.push(`${what} begins`)
      await new Promise(setImmediate)
      order.push(`${what} ends`)
      if (outcome instanceof Error) throw outcome
      return outcome
    },
  })
  const bad = part('b', new Error('it does not fit'))
  const reloading = new Reloading([part('a', 'applied'), bad, part('c', 'needs restart'), part('d', 'unchanged')])
  const [first] = await Promise.all([reloading.reload({}), reloading.reload({})])
  assert.deepEqual(first, { applied: ['a'], refused: [{ what: 'b', why: 'it does not fit' }], needsRestart: ['c'] })
  const once = ['a', 'b', 'c', 'd'].flatMap((what) => [`${what} begins`, `${what} ends`])
  assert.deepEqual(order, [...once, ...once])
})

test('a server that stops waits for the options in progress, and takes no others', async () => {
  const order: string[] = []
  const slow: Reloadable = {
    what: 'slow',
    async reload() {
      await new Promise(setImmediate)
      order.push('applied')
      return 'applied'
    },
  }
  const reloading = new Reloading([slow])
  const first = reloading.reload({})
  await new Promise(process.nextTick)
  await reloading.close()
  assert.deepEqual([order, (await first).applied], [['applied'], ['slow']])
  assert.deepEqual((await reloading.reload({})).refused, [{ what: 'all', why: 'The server is stopping.' }])
  assert.deepEqual(order, ['applied'])
})
