import assert from 'node:assert/strict'
import type { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import { operator } from '../../../src/index.ts'
import { type KmsClient, REGION } from './support/client.ts'
import { notOnce } from './support/load.ts'
import { ACCOUNT, Vault } from './support/vault.ts'
import {
  copyRow,
  id,
  materialOf,
  populate,
  populateOnce,
  type Population,
  renamed,
  replaceInBody,
  STRANGER,
  use,
  type Victim,
} from './support/victims.ts'

interface Attack {
  edit(database: DatabaseSync, victim: Victim, other: Victim): void
  /** What must be refused as a fault of the server, and never be done. */
  refused(victim: Victim, other: Victim): [OperationName, object][]
}

const ATTACKS: Record<string, Attack> = {
  'a state that was edited': {
    edit: (database, victim) => replaceInBody(database, 'key', id(victim), '"Disabled"', '"Enabled"'),
    refused: use,
  },
  'an account that was edited': {
    edit: (database, victim) => replaceInBody(database, 'key', id(victim), ACCOUNT, '444455556666'),
    refused: use,
  },
  'an owner that was edited': {
    edit: (database, victim) =>
      database.prepare("UPDATE stored_row SET owner = 'x/y' WHERE kind = 'key' AND id = ?").run(id(victim)),
    refused: use,
  },
  'a date of deletion that was put in': {
    edit: (database, victim) =>
      database.prepare("UPDATE stored_row SET due_ms = 1 WHERE kind = 'key' AND id = ?").run(id(victim)),
    refused: use,
  },
  'a version that was raised': {
    edit: (database, victim) =>
      database.prepare("UPDATE stored_row SET version = version + 1 WHERE kind = 'key' AND id = ?").run(id(victim)),
    refused: use,
  },
  'the row of another key in its place': {
    edit(database, victim, other) {
      const swap = database.prepare("UPDATE stored_row SET id = ? WHERE kind = 'key' AND id = ?")
      swap.run('aside', id(victim))
      swap.run(id(victim), id(other))
      swap.run(id(other), 'aside')
    },
    refused: (victim, other) => [...use(victim), ...use(other)],
  },
  'a copy of it under another id': {
    edit: (database, victim) => copyRow(database, 'key', id(victim), `${REGION}/${STRANGER}`),
    refused: () => use({ keyId: STRANGER, alias: '', blob: '' }).slice(0, 2),
  },
  'material that was edited': {
    edit: (database, _, enabled) =>
      database
        .prepare("UPDATE stored_row SET sealed = zeroblob(length(sealed)) WHERE kind = 'material' AND owner = ?")
        .run(id(enabled)),
    refused: (_, enabled) => use(enabled).slice(1),
  },
  'the sealed material of another key': {
    edit: (database, foreign, enabled) =>
      database
        .prepare(
          `UPDATE stored_row SET (sealed, generation) =
             (SELECT sealed, generation FROM stored_row WHERE kind = 'material' AND id = ?)
           WHERE kind = 'material' AND id = ?`,
        )
        .run(materialOf(database, foreign), materialOf(database, enabled)),
    refused: (_, enabled) => use(enabled).slice(1),
  },
  'the material of another key as a second one of its own': {
    edit(database, foreign, enabled) {
      const material = materialOf(database, foreign)
      copyRow(database, 'material', material, `${id(enabled)}/${material.split('/')[2]}`)
    },
    // A ciphertext of the other key, made to name this one.
    refused: (foreign, enabled) => [['Decrypt', { CiphertextBlob: renamed(foreign.blob, foreign, enabled) }]],
  },
  'a policy that was edited': {
    edit: (database, victim) => replaceInBody(database, 'policy', id(victim), ACCOUNT, '444455556666'),
    refused: ({ keyId }) => [['GetKeyPolicy', { KeyId: keyId, PolicyName: 'default' }]],
  },
  'an alias that was pointed at another key': {
    edit: (database, victim, other) =>
      replaceInBody(database, 'alias', `${ACCOUNT}/${REGION}/${victim.alias}`, victim.keyId, other.keyId),
    refused: ({ alias }) => [['DescribeKey', { KeyId: alias }]],
  },
  'an alias that took the place of another': {
    edit(database, victim, other) {
      const place = `${ACCOUNT}/${REGION}`
      const swap = database.prepare("UPDATE stored_row SET id = ? WHERE kind = 'alias' AND id = ?")
      swap.run('aside', `${place}/${victim.alias}`)
      swap.run(`${place}/${victim.alias}`, `${place}/${other.alias}`)
    },
    refused: ({ alias }) => [['DescribeKey', { KeyId: alias }]],
  },
}

describe('an edited row is refused, and everything else keeps working', () => {
  const populations = new Map<Attack, Population>()
  const refusedIds: string[] = []
  let vault: Vault
  let server: Awaited<ReturnType<Vault['serve']>>
  let client: KmsClient

  before(async () => {
    vault = await Vault.create()
    const attacks = Object.values(ATTACKS)
    const populated = await populate(vault, attacks.length)
    server = await vault.serve()
    vault.edit((database) => {
      for (const [index, attack] of attacks.entries()) {
        const population = populated[index] ?? assert.fail()
        populations.set(attack, population)
        const [victim, other] = population
        attack.edit(database, victim, other)
      }
    })
    client = vault.client(server)
  })

  for (const [what, attack] of Object.entries(ATTACKS)) {
    test(what, async () => {
      const [victim, other, bystander] = populations.get(attack) ?? assert.fail()
      for (const [operation, input] of attack.refused(victim, other)) {
        const { status, text, requestId } = await client.call(operation, input)
        assert.deepEqual([status, text], [500, '{"__type":"KMSInternalException"}'], operation)
        refusedIds.push(requestId)
      }
      for (const [operation, input] of use(bystander)) await client.ok(operation, input)
      await client.createKey()
    })
  }

  after(async () => {
    client[Symbol.dispose]()
    await server.stop()
    const events = await vault.events()
    assert.deepEqual(notOnce(refusedIds, await vault.recordedRequestIds()), [])
    const refused = events.filter(({ requestID }) => refusedIds.includes(String(requestID)))
    assert.ok(refused.every(({ errorCode }) => errorCode === 'KMSInternalException'))
    const { problems } = await vault.verify()
    assert.ok(problems.length > 0)
    assert.deepEqual(new Set(problems.map(({ stream }) => stream)), new Set(['keyhold.db']))
    await vault[Symbol.asyncDispose]()
  })
})

test('an edited access key authenticates no caller, nor does a copied one', async () => {
  await using vault = await Vault.create()
  const { accessKeyId, secretAccessKey } = vault.credentials
  await using server = await vault.serve()
  vault.edit((database) => copyRow(database, 'access_key', accessKeyId, 'AKIAAAAAAAAAAAAAAAAA'))
  {
    using thief = vault.client(server, { credentials: { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey } })
    assert.equal(await thief.fault('ListKeys', {}), 'KMSInternalException')
  }
  vault.edit((database) => replaceInBody(database, 'access_key', accessKeyId, ACCOUNT, '444455556666'))
  using client = vault.client(server)
  assert.equal(await client.fault('ListKeys', {}), 'KMSInternalException')
  await server.stop()
})

test('a domain key that was edited stops its region and no other', async () => {
  await using vault = await Vault.create()
  const [victim] = await populateOnce(vault)
  await using server = await vault.serve()
  vault.edit((database) =>
    database
      .prepare("UPDATE stored_row SET sealed = zeroblob(length(sealed)) WHERE kind = 'domain_key' AND owner = ?")
      .run(REGION),
  )
  using client = vault.client(server)
  for (const [operation, input] of use(victim))
    assert.equal(await client.fault(operation, input), 'KMSInternalException')
  using elsewhere = vault.client(server, { region: 'us-east-1' })
  await elsewhere.createKey()
  await server.stop()
})

test('a removed row is not found: write access to the database can remove permissions, but not add any', async () => {
  await using vault = await Vault.create()
  const [victim, , bystander] = await populateOnce(vault)
  await using server = await vault.serve()
  vault.edit((database) => database.prepare("DELETE FROM stored_row WHERE kind = 'key' AND id = ?").run(id(victim)))
  using client = vault.client(server)
  assert.equal(await client.fault('DescribeKey', { KeyId: victim.keyId }), 'NotFoundException')
  assert.equal(await client.fault('Decrypt', { CiphertextBlob: victim.blob }), 'AccessDeniedException')
  for (const [operation, input] of use(bystander)) await client.ok(operation, input)
  await server.stop()
})

test('an earlier version of one row, put back, keeps the server from starting again until an operator accepts it', async () => {
  await using vault = await Vault.create()
  const [disabled] = await populateOnce(vault)
  {
    await using server = await vault.serve()
    using client = vault.client(server)
    await client.ok('EnableKey', { KeyId: disabled.keyId })
  }
  const row = 'version, body, mac'
  let enabled: Record<string, string | number | Uint8Array> = {}
  vault.edit((database) => {
    const found = database.prepare(`SELECT ${row} FROM stored_row WHERE kind = 'key' AND id = ?`).get(id(disabled))
    enabled = found as typeof enabled
  })
  {
    await using server = await vault.serve()
    using client = vault.client(server)
    await client.ok('DisableKey', { KeyId: disabled.keyId })
  }
  const putBack = (): void =>
    vault.edit((database) =>
      database
        .prepare(`UPDATE stored_row SET (${row}) = (?, ?, ?) WHERE kind = 'key' AND id = ?`)
        .run(enabled['version'] ?? 0, enabled['body'] ?? '', enabled['mac'] ?? '', id(disabled)),
    )
  {
    await using server = await vault.serve()
    putBack()
    using client = vault.client(server)
    // A row's MAC says that the row was ours. That it is not the newest, the ledger says when all rows are read.
    assert.equal(await client.keyState(disabled.keyId), 'Enabled')
    await client.ok('DisableKey', { KeyId: disabled.keyId })
    await client.ok('EnableKey', { KeyId: disabled.keyId })
  }
  await assert.rejects(vault.serve(), { name: 'StorageError', code: 'tampered' })
  await operator.acceptDatabase(vault.folder)
  await using server = await vault.serve()
  using client = vault.client(server)
  assert.equal(await client.keyState(disabled.keyId), 'Enabled')
  const accepted = (await vault.events()).filter(({ eventName }) => eventName === 'AcceptDatabase')
  assert.equal(accepted.length, 1)
  assert.match(JSON.stringify(accepted), /differ from those in the ledger/)
})

test('no key opens the ciphertext of another, whatever it is made to name', async () => {
  await using vault = await Vault.create()
  const [, first, second] = await populateOnce(vault)
  await using server = await vault.serve()
  using client = vault.client(server)
  const crossed = { CiphertextBlob: first.blob, KeyId: second.keyId }
  assert.equal(await client.fault('Decrypt', crossed), 'IncorrectKeyException')
  const renamedBlob = renamed(first.blob, first, second)
  assert.equal(await client.fault('Decrypt', { CiphertextBlob: renamedBlob }), 'InvalidCiphertextException')
  assert.equal(
    await client.fault('ReEncrypt', { CiphertextBlob: renamedBlob, DestinationKeyId: second.keyId }),
    'InvalidCiphertextException',
  )
  await server.stop()
})
