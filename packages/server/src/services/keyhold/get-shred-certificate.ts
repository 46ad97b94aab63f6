import { parseKmsArn, type ServiceError, serviceError } from '@keyhold/protocol'
import type { Place as PlaceInLog } from '../../audit/find-record.ts'
import { keyArn } from '../../domain/keys/arns.ts'
import type { KeyName } from '../../domain/keys/record.ts'
import { otherRegions } from '../../domain/keys/multi-region.ts'
import { queryOperation } from '../../execution/define.ts'
import type { Services } from '../../execution/services.ts'
import { tooFast } from '../../execution/throttle/too-fast.ts'
import type { Caller } from '../../identity/accounts/caller.ts'
import { backupTable } from '../../vault/records/backup.ts'
import { destroyedTable, type DestructionRecord } from '../../vault/records/destroyed.ts'
import { keyTable } from '../../vault/records/key.ts'
import { materialTable } from '../../vault/records/material.ts'
import { everyRow } from '../../vault/storage/page.ts'
import { type Copy, shredStatement } from './shred-statement.ts'

const NAME = 'GetShredCertificate'

/**
 * Who may ask about a key that is gone is decided by identity policies alone: its own policy is gone with it. The account's
 * own keys only, so that others learn nothing.
 */
export const getShredCertificate = queryOperation<'keyhold', typeof NAME>('keyhold', {
  name: NAME,
  summary:
    'Returns a signed statement of the destruction of a KMS key or of its imported key material: what was destroyed when, what ' +
    'sealed it, and which backups still have it.',
  readOnly: true,
  audit: { request: ['KeyId'], response: ['KeyArn'] },
  needs: ({ KeyId }, { caller }) => [{ action: `keyhold:${NAME}`, resource: arnOf(KeyId, caller) }],

  async run({ input, caller, services, nowMs }) {
    const arn = arnOf(input.KeyId, caller)
    const record = await destroyed(arn, caller, services)
    const owner = caller.principal.accountId
    const family = await familyOf(record, services)
    const copies = family.flatMap(({ copies }) => copies)
    const places = await services.certificates.turns.take(owner, () => placesOf(copies, services), tooFast)
    const backups = await Array.fromAsync(everyRow((page) => services.records.list(backupTable, page)))
    const statement = shredStatement({
      issuedMs: nowMs,
      record,
      places,
      exists: (await services.records.get(keyTable, record)) !== undefined,
      present: new Set(family[0]?.present),
      copies,
      domainKeys: await services.certificates.domainKeys(),
      related: family.slice(1).filter(({ present }) => present.length > 0),
      backups: backups.map(({ value }) => value),
    })
    return { KeyArn: arn, Certificate: services.certificates.sign(statement) }
  },
})

function arnOf(keyId: string, { principal: { accountId }, region }: Caller): string {
  return parseKmsArn(keyId)?.type === 'key' ? keyId : keyArn({ accountId, region, keyId })
}

async function destroyed(arn: string, { principal }: Caller, { records }: Services): Promise<DestructionRecord> {
  const named = parseKmsArn(arn)
  const region = named?.region ?? ''
  const keyId = named?.type === 'key' ? named.keyId : ''
  const found = await records.get(destroyedTable, { region, keyId })
  if (found?.value.accountId === principal.accountId && keyArn(found.value) === arn) return found.value
  throw nothingDestroyed(arn)
}

function nothingDestroyed(arn: string): ServiceError {
  return serviceError('NotFoundException', `Nothing of the key ${arn} was destroyed, as far as this service knows.`)
}

async function placesOf(
  copies: readonly Copy[],
  { certificates }: Services,
): Promise<Map<string, PlaceInLog | undefined>> {
  const places = new Map<string, PlaceInLog | undefined>()
  for (const { end } of copies) {
    if (end && !places.has(end.eventId))
      places.set(end.eventId, await certificates.findRecord(end.eventId, end.destroyedMs))
  }
  return places
}

/** A key that has or had destroyed material. */
interface Member extends KeyName {
  /** The ids of the destroyed materials that it has now. */
  present: string[]
  copies: Copy[]
}

/**
 * The key of a record, and those of other Regions that are or were related to it. Keys that were related, and are gone, lead on to
 * those that were related to them.
 */
async function familyOf(record: DestructionRecord, services: Services): Promise<Member[]> {
  const { records } = services
  const { keyId } = record
  const regions = [record.region, ...record.relatedRegions]
  const members = new Map<string, Member>()
  for (const region of regions) {
    if (members.has(region)) continue
    const key = await records.get(keyTable, { region, keyId })
    const gone = await records.get(destroyedTable, { region, keyId })
    regions.push(...(key ? otherRegions(key.value) : []), ...(gone?.value.relatedRegions ?? []))
    members.set(region, await memberOf({ region, keyId }, record, gone?.value, services))
  }
  return [...members.values()]
}

async function memberOf(
  { region, keyId }: KeyName,
  { materials }: DestructionRecord,
  gone: DestructionRecord | undefined,
  { records }: Services,
): Promise<Member> {
  const member: Member = { region, keyId, present: [], copies: [] }
  for (const { materialId } of materials) {
    const stored = await records.get(materialTable, { region, keyId, materialId })
    if (stored?.sealed) {
      member.present.push(materialId)
      member.copies.push({ region, createdMs: stored.value.createdMs })
    }
    const ended = gone?.materials.find((material) => material.materialId === materialId)
    if (ended) member.copies.push({ region, createdMs: ended.createdMs, end: ended })
  }
  return member
}
