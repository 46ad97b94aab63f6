/** Tags that a key gets when it is made are allowed on that key, with the condition keys that it will have. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { explainRequest } from '../../../../src/admin/access/explain-request.ts'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import { contextOf, lastRecord } from '../../../admin/access/support/access.ts'
import { addUser, ALLOW_KMS } from '../../../support/identities.ts'
import { ACCOUNT, REGION, TestService } from '../../../support/service.ts'

const ELSEWHERE = 'us-west-2'
const Tags = [{ TagKey: 'team', TagValue: 'blue' }]
const CREATE = { Effect: 'Allow', Action: ['kms:CreateKey', 'kms:ReplicateKey'], Resource: '*' }
const DENIED = /not authorized to perform: kms:TagResource /

let service: TestService
let admin: Caller
let users = 0

before(async () => {
  service = await TestService.open('on')
  admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
})
after(() => service[Symbol.asyncDispose]())

/** A caller who may create keys, as far as the statement about tags allows. */
function tagger(statement: object): Promise<Caller> {
  const tag = { Effect: 'Allow', Action: 'kms:TagResource', Resource: '*', ...statement }
  return addUser(service, `tagger${users++}`, { inline: { create: CREATE, tag } })
}

/** A caller who may do everything in KMS that the statement does not deny. */
function restricted(statement: object): Promise<Caller> {
  const deny = { Effect: 'Deny', Action: 'kms:TagResource', Resource: '*', ...statement }
  return addUser(service, `restricted${users++}`, { inline: { all: ALLOW_KMS, deny } })
}

type Making = (caller: Caller, kind?: object) => Promise<{ status: number; message: string }>

async function answerOf(operation: 'CreateKey' | 'ReplicateKey', input: object, caller: Caller) {
  const { status, body } = await service.call(operation, { ...input, Tags }, caller)
  return { status, message: String(body['message']) }
}

const create: Making = (caller, kind = {}) => answerOf('CreateKey', kind, caller)

const replicate: Making = async (caller, kind = {}) => {
  const { keyId } = await service.createKey({ MultiRegion: true, ...kind }, admin)
  return answerOf('ReplicateKey', { KeyId: keyId, ReplicaRegion: ELSEWHERE }, caller)
}

for (const { operation, making, region, type } of [
  { operation: 'CreateKey', making: create, region: REGION, type: 'PRIMARY' },
  { operation: 'ReplicateKey', making: replicate, region: ELSEWHERE, type: 'REPLICA' },
]) {
  describe(operation, () => {
    test('is allowed with tags by the policy that AWS publishes for it', async () => {
      const statement = {
        Action: ['kms:TagResource', 'kms:UntagResource', 'kms:ListResourceTags'],
        Resource: `arn:aws:kms:*:${ACCOUNT}:key/*`,
      }
      assert.equal((await making(await tagger(statement))).status, 200)
      assert.match((await making(await tagger({ Action: 'kms:UntagResource' }))).message, DENIED)
    })

    for (const Resource of [
      'arn:aws:kms:*:*:key/*',
      `arn:aws:kms:${region}:${ACCOUNT}:key/*`,
      `arn:aws:kms:${region}:${ACCOUNT}:key/mrk-*`,
      `arn:aws:kms:${region}:*:key/mrk-${'?'.repeat(32)}`,
    ]) {
      test(`is denied with tags by a Deny on ${Resource}, and without them is not`, async () => {
        const caller = await restricted({ Resource })
        assert.match((await making(caller, { MultiRegion: true })).message, DENIED)
        await service.createKey({ MultiRegion: true }, caller)
      })
    }

    for (const [key, value] of [
      ['kms:KeySpec', 'HMAC_256'],
      ['kms:CustomerMasterKeySpec', 'HMAC_256'],
      ['kms:KeyUsage', 'GENERATE_VERIFY_MAC'],
      ['kms:CustomerMasterKeyUsage', 'GENERATE_VERIFY_MAC'],
      ['kms:KeyOrigin', 'AWS_KMS'],
      ['kms:MultiRegion', 'true'],
      ['kms:MultiRegionKeyType', type],
      ['kms:CallerAccount', ACCOUNT],
      ['aws:RequestTag/team', 'blue'],
      ['aws:RequestedRegion', region],
    ] as const) {
      test(`is denied with tags where ${key} is what a Deny asks for, and allowed by the same`, async () => {
        const kind = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC', MultiRegion: true }
        const Condition = { StringEquals: { [key]: value } }
        assert.match((await making(await restricted({ Condition }), kind)).message, DENIED)
        assert.equal((await making(await tagger({ Condition }), kind)).status, 200)
        const Other = { StringEquals: { [key]: 'another' } }
        assert.equal((await making(await restricted({ Condition: Other }), kind)).status, 200)
        assert.match((await making(await tagger({ Condition: Other }), kind)).message, DENIED)
      })
    }

    test('has no tags on the resource yet', async () => {
      const Condition = { StringEquals: { 'aws:ResourceTag/team': 'blue' } }
      assert.match((await making(await tagger({ Condition }))).message, DENIED)
    })

    test('says what is missing as AWS does, and is explained with all keys of the account', async () => {
      const caller = await tagger({ Resource: 'arn:aws:kms:*:*:key/1234abcd-12ab-34cd-56ef-1234567890ab' })
      const { message } = await making(caller)
      const denied = `User: ${caller.principal.arn} is not authorized to perform: kms:TagResource`
      assert.equal(message, `${denied} because no identity-based policy allows the kms:TagResource action`)
      const { decided, now, calls } = await explainRequest((await lastRecord(service)).requestId, contextOf(service))
      assert.deepEqual([decided?.action, now?.decision.allowed], ['kms:TagResource', false])
      const proposed = calls.flatMap((call) => ('input' in call ? [String(call.input['PolicyDocument'])] : []))
      assert.equal(proposed.length, 1)
      const [{ Resource }] = (JSON.parse(proposed[0] ?? '') as { Statement: [{ Resource: string }] }).Statement
      assert.equal(Resource, `arn:aws:kms:${region}:${ACCOUNT}:key/*`)
      assert.equal((await making(await tagger({ Resource }))).status, 200)
    })
  })
}

test('a Deny on multi-Region keys spares those of one Region', async () => {
  const caller = await restricted({ Resource: `arn:aws:kms:*:${ACCOUNT}:key/mrk-*` })
  assert.equal((await create(caller)).status, 200)
})
