import assert from 'node:assert/strict'
import { copyFileSync, renameSync, rmSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { doAdmin } from '../../../../../tools/testing/admin-deed.ts'
import type { RunningService } from '../../../src/index.ts'
import type { Health } from '../../../src/host/admin/health.ts'
import type { Status } from '../../../src/host/admin/status.ts'
import { askAdmin, metricLines } from '../../support/ask-admin.ts'
import { formBody } from '../../support/query.ts'
import { Vault } from './support/vault.ts'

let vault: Vault
let other: Vault
let keyId: string
before(async () => {
  vault = await Vault.create()
  other = await Vault.create()
  await using server = await vault.serve()
  using client = vault.client(server)
  keyId = await client.createKey()
})
after(async () => {
  await vault[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

/** Serves the folder while its root file is elsewhere, as on a volume that is not mounted. */
async function withoutRoot(act: (server: RunningService, mount: () => void) => Promise<void>): Promise<void> {
  const away = `${vault.rootFile}.away`
  renameSync(vault.rootFile, away)
  let isAway = true
  const mount = (): void => {
    if (isAway) renameSync(away, vault.rootFile)
    isAway = false
  }
  try {
    await using server = await vault.serve()
    await act(server, mount)
  } finally {
    mount()
  }
}

function opened(server: RunningService): Promise<void> {
  return new Promise((resolve) => server.onSeal(({ state }) => state === 'open' && resolve()))
}

const FORMS = {
  'application/x-amz-json-1.1': /^\{"__type":"KMSInternalException"\}$/,
  'application/x-www-form-urlencoded': /<Error><Type>[A-Za-z]+<\/Type><Code>[A-Za-z]+<\/Code>/,
}

test('a server whose root is out of reach is alive and not ready, and says why', async () => {
  await withoutRoot(async (server) => {
    assert.equal(server.seal().state, 'sealed')
    assert.equal((await askAdmin(server.admin, '/livez')).status, 200)
    const { status, text } = await askAdmin(server.admin, '/readyz')
    assert.equal(status, 503)
    const { checks } = JSON.parse(text) as Health
    assert.deepEqual(
      checks.filter(({ ok }) => !ok).map(({ name, reason }) => [name, reason]),
      [['root', 'the server is sealed: the root file is not there']],
    )
    const shown = JSON.parse((await askAdmin(server.admin, '/status')).text) as Status
    assert.deepEqual([shown.seal.state, shown.seal.reason], ['sealed', 'the root file is not there'])
    assert.deepEqual(await metricLines(server.admin, 'keyhold_unsealed'), ['keyhold_unsealed 0'])
    assert.deepEqual(await metricLines(server.admin, 'keyhold_serving'), ['keyhold_serving 0'])
    assert.deepEqual(await metricLines(server.admin, 'keyhold_keys{'), [])
    const health = await fetch(`${server.endpoint}/healthz`)
    assert.deepEqual([health.status, await health.text()], [503, '{"status":"sealed"}\n'])
  })
})

test('attack: every request to a sealed server gets one answer, whatever is asked of which key by which caller', async () => {
  await withoutRoot(async (server) => {
    using own = vault.client(server)
    using foreign = other.client(server)
    using stranger = vault.client(server, { credentials: { accessKeyId: 'AKIAGUESSED', secretAccessKey: 'guessed' } })
    const answers = new Set<string>()
    for (const client of [own, foreign, stranger]) {
      for (const input of [{ KeyId: keyId }, { KeyId: 'alias/none' }, {}]) {
        const { status, text, requestId } = await client.call('DescribeKey', input)
        assert.match(requestId, /^[0-9a-f-]{36}$/)
        answers.add(`${status} ${text}`)
      }
    }
    for (const target of ['TrentService.Encrypt', 'TrentService.None', 'None']) {
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
      const unsigned = await fetch(server.endpoint, { method: 'POST', headers, body: 'no json' })
      answers.add(`${unsigned.status} ${await unsigned.text()}`)
    }
    assert.deepEqual([...answers], ['500 {"__type":"KMSInternalException"}'])
    const counted = await metricLines(server.admin, 'keyhold_requests_total')
    assert.deepEqual(counted, ['keyhold_requests_total{service="unknown",operation="Unknown",result="sealed"} 12'])
  })
})

test('IAM and STS are refused in the form of their protocol', async () => {
  await withoutRoot(async ({ endpoint }) => {
    for (const [operation, version] of [
      ['ListUsers', '2010-05-08'],
      ['GetCallerIdentity', '2011-06-15'],
    ] as const) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const body = formBody(operation, version, {})
      const answer = await fetch(endpoint, { method: 'POST', headers, body })
      assert.equal(answer.status, 500)
      assert.match(await answer.text(), FORMS['application/x-www-form-urlencoded'])
    }
  })
})

test('it opens by itself once the root file is there, and takes settings before', async () => {
  await withoutRoot(async (server, mount) => {
    using client = vault.client(server)
    assert.equal((await client.call('DescribeKey', { KeyId: keyId })).status, 500)
    assert.deepEqual((await server.reload({ logLevel: 'silent', rates: 'on', rateWorkers: 2 })).applied, [
      'request rates',
    ])
    const open = opened(server)
    mount()
    await open
    assert.equal(await client.keyState(keyId), 'Enabled')
    assert.equal((await askAdmin(server.admin, '/readyz')).status, 200)
    assert.deepEqual(await metricLines(server.admin, 'keyhold_unsealed'), ['keyhold_unsealed 1'])
    const health = await fetch(`${server.endpoint}/healthz`)
    assert.deepEqual([health.status, await health.text()], [200, '{"status":"ok"}\n'])
  })
  assert.deepEqual((await vault.verify()).problems, [])
})

test('the root file of another folder opens nothing, and the right one does afterwards', async () => {
  await withoutRoot(async (server, mount) => {
    const tried = new Promise<string>((resolve) =>
      server.onSeal(({ state, reason }) => state === 'sealed' && resolve(reason ?? '')),
    )
    copyFileSync(other.rootFile, vault.rootFile)
    assert.equal(await tried, 'the data folder cannot be opened: see the log')
    rmSync(vault.rootFile)
    mount()
    assert.equal(server.seal().state, 'sealed') // until an operator looks into it
  })
})

test('a sealed server stops, with a connection open on it', async () => {
  await withoutRoot(async (server) => {
    using client = vault.client(server)
    assert.equal((await client.call('ListKeys', {})).status, 500)
  })
})

test('where it is wanted, a root that is out of reach keeps the server from starting', async () => {
  const away = `${vault.rootFile}.away`
  renameSync(vault.rootFile, away)
  try {
    await assert.rejects(vault.serve({ requireOpen: true }), { name: 'RootError', code: 'missing' })
  } finally {
    renameSync(away, vault.rootFile)
  }
})

test('a root file that is elsewhere opens it, and that of another folder does not', async () => {
  await withoutRoot(async (server) => {
    const socket = (server.admin ?? '').slice('unix:'.length)
    const { status, answer } = await doAdmin(socket, '/unseal/root-file', other.rootFile)
    assert.equal(status, 403)
    assert.match(JSON.stringify(answer), /contains the root .* this data folder needs/)
    assert.equal(server.seal().reason, 'the root file is not there')
    assert.equal((await doAdmin(socket, '/unseal/root-file', `${vault.rootFile}.away`)).status, 200)
    using client = vault.client(server)
    assert.equal(await client.keyState(keyId), 'Enabled')
  })
})
