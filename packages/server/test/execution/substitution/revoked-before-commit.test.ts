import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import { OPERATIONS } from '../../../src/services/registry.ts'
import { notYet } from '../../../src/services/kms/not-yet.ts'
import { addUser, policyOf } from '../../support/identities.ts'
import { wrappedFor } from '../../support/import.ts'
import { prepared } from '../support/prepared.ts'
import { ALWAYS_REFUSED, makeThings, queryBase, type QueryOperation } from './query-inputs.ts'
import { material, SubstitutionWorld } from './world.ts'

/**
 * Every operation that changes something: the caller's right is taken away when all is decided and done, and nothing but
 * the commit is left.
 */
const UNSUPPORTED = new Set(notYet.map(({ name }) => name))
const CHANGING = (['kms', 'iam'] as const).flatMap((service) =>
  [...OPERATIONS.of(service).values()]
    .filter(({ name, readOnly }) => !readOnly && !UNSUPPORTED.has(name) && !(name in ALWAYS_REFUSED))
    .map(({ name }) => ({ service, name })),
)

const ALLOW = { Effect: 'Allow', Action: '*', Resource: '*' }
const DENY = policyOf({ ...ALLOW, Effect: 'Deny' })

let world: SubstitutionWorld

before(async () => {
  world = await SubstitutionWorld.open()
})
after(() => world[Symbol.asyncDispose]())

test('the registry names what changes something', () => {
  assert.ok(CHANGING.length > 60, `only ${CHANGING.length} operations`)
})

for (const { service: name, name: operation } of CHANGING) {
  test(`${name}:${operation} changes nothing once its caller may not`, async () => {
    const { service, admin } = world
    const input = await inputOf(name, operation)
    const UserName = world.fresh('caller')
    const caller = await addUser(service, UserName, { inline: { all: ALLOW } })
    const wasRevoked = onNextCommit(() =>
      service.iam('PutUserPolicy', { UserName, PolicyName: 'no', PolicyDocument: DENY }, admin),
    )
    const { status, body } =
      name === 'kms'
        ? await service.call(operation as OperationName, input, caller)
        : await service.query('iam', operation as (QueryOperation & { service: 'iam' })['name'], input, caller)
    assert.ok(wasRevoked(), `${operation} committed nothing: ${JSON.stringify(body)}`)
    assert.match(String(body['__type'] ?? body['Code']), /^AccessDenied/, `${status} ${JSON.stringify(body)}`)
  })
}

async function inputOf(name: 'kms' | 'iam', operation: string): Promise<object> {
  const { service, admin: caller } = world
  if (name === 'kms') {
    const state = operation === 'CancelKeyDeletion' ? 'PendingDeletion' : 'Enabled'
    const { input, keyId } = await prepared(operation as OperationName, state, { service, caller })
    if (operation === 'DeleteImportedKeyMaterial') {
      await service.force(keyId, { state: 'PendingImport' })
      const KeyId = keyId
      await service.ok(
        'ImportKeyMaterial',
        { KeyId, ...(await wrappedFor(service, keyId, material(), { caller })) },
        caller,
      )
    }
    return input
  }
  const things = await makeThings(world, caller)
  const input = await queryBase({ service: name, name: operation } as QueryOperation, world, things, caller)
  return operation === 'AddClientIDToOpenIDConnectProvider' ? { ...input, ClientID: 'third' } : input
}

/** Lets something happen before the next commit is made; whether it has. */
function onNextCommit(happen: () => Promise<unknown>): () => boolean {
  const { store } = world.service.engine
  const { commit } = store
  let happened = false
  store.commit = async (change) => {
    store.commit = commit
    happened = true
    await happen()
    return commit.call(store, change)
  }
  return () => happened
}
