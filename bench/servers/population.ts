import { initialize } from '@keyhold/server'
import type { GrantRecord } from '../../packages/server/src/domain/policy/grant-record.ts'
import { type Engine, openEngine, sealedFolder } from '../../packages/server/src/host/assembly/open.ts'
import { entityNameTable } from '../../packages/server/src/vault/records/entity-name.ts'
import { type ManagedPolicyRecord, managedPolicyTable } from '../../packages/server/src/vault/records/managed-policy.ts'
import { identifier } from '../../packages/server/src/identity/accounts/identifiers.ts'
import { keySpec } from '../../packages/server/src/domain/keys/specs.ts'
import { addGrant } from '../../packages/server/src/vault/records/grant-rows.ts'
import { addKey } from '../../packages/server/src/services/kms/keys/new-key.ts'
import type { Logger } from '../../packages/server/src/platform/logger.ts'
import { standardErrorLogger } from '../../packages/server/src/platform/log/line-logger.ts'
import { systemClock } from '../../packages/server/src/platform/system-clock.ts'
import { Changeset } from '../../packages/server/src/vault/records/changeset.ts'

const REGION = 'eu-central-1'
const ROWS_PER_COMMIT = 1000

/** How much there is beside the one key and the one caller that are measured. */
export interface Population {
  policies: number
  grants: number
}

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
}

/** The engine of a folder that `initialize` made; records count as written once the system has them. */
export async function openBenchEngine(folder: string, logger: Logger): Promise<Engine> {
  const options = { use: 'change', clock: systemClock, logger, durability: 'write' } as const
  return openEngine(await sealedFolder(folder), options)
}

/** Makes a data folder with an administrator and one key, and on it and beside it what the population asks for. */
export async function populate(
  folder: string,
  { policies, grants }: Population,
): Promise<{ keyId: string; credentials: Credentials }> {
  const { accountId, accessKeyId, secretAccessKey } = await initialize({ folder, recovery: 'none' })
  const engine = await openBenchEngine(folder, standardErrorLogger('warn'))
  try {
    const spec = keySpec('SYMMETRIC_DEFAULT')
    if (spec === undefined) throw new Error('there is no symmetric key spec')
    const place = { accountId, region: REGION }
    const changes = new Changeset()
    const { keyId } = await addKey({ ...place, spec, description: '', tags: [], nowMs: 0 }, engine, changes)
    await engine.records.commit(changes)
    await putAll(engine, policies, async (index, some) => addPolicy(engine, accountId, index, some))
    await putAll(engine, grants, async (index, some) => addGrant(grantOf(keyId, accountId, index), some))
    const credentials = { accessKeyId, secretAccessKey: Buffer.from(secretAccessKey.reveal()).toString() }
    return { keyId, credentials }
  } finally {
    await engine.close()
  }
}

function addPolicy({ random }: Engine, accountId: string, index: number, changes: Changeset): void {
  const policyId = identifier('ANPA', random)
  const name = `policy-${index}`
  const Resource = `arn:aws:kms:${REGION}:${accountId}:key/${index}`
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'kms:Decrypt', Resource }],
  })
  const record: ManagedPolicyRecord = {
    policyId,
    policyName: name,
    accountId,
    path: '/',
    description: '',
    tags: [],
    createdMs: 0,
    updatedMs: 0,
    versions: [{ versionId: 'v1', text, createdMs: 0 }],
    defaultVersion: 'v1',
    nextVersion: 2,
    attachments: 0,
    boundaries: 0,
  }
  changes.insert(managedPolicyTable, record)
  changes.insert(entityNameTable, { accountId, kind: 'policy', entityId: policyId, name, path: '/' })
}

function grantOf(keyId: string, accountId: string, index: number): GrantRecord {
  return {
    grantId: index.toString(16).padStart(64, '0'),
    keyId,
    region: REGION,
    accountId,
    name: '',
    operations: ['Decrypt'],
    grantee: { arn: `arn:aws:iam::${accountId}:role/role-${index}`, principalId: `AROA${index}` },
    issuingAccount: accountId,
    createdMs: 0,
    visibleMs: 0,
  }
}

async function putAll(
  { records }: Engine,
  count: number,
  add: (index: number, changes: Changeset) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < count; start += ROWS_PER_COMMIT) {
    const changes = new Changeset()
    for (let index = start; index < Math.min(count, start + ROWS_PER_COMMIT); index++) await add(index, changes)
    await records.commit(changes)
  }
}
