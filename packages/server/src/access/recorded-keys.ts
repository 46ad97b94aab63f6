import { parseKmsArn, serviceError } from '@keyhold/protocol'
import type { AuditRecord } from '../audit/record.ts'
import type { Directory } from '../directory/directory.ts'
import { keyArn } from '../keys/arns.ts'
import type { AnyOperation } from '../operations/define.ts'
import type { Found } from '../operations/found.ts'
import type { Candidate } from '../operations/usable-keys.ts'

/**
 * The keys that a recorded request was about, as they are now: those that the record names, not those to which the
 * request's aliases and ciphertexts would lead today.
 */
export function recordedKeys(
  operation: AnyOperation,
  record: AuditRecord,
  directory: Directory,
): Promise<(Candidate & { arn: string | undefined })[]> {
  const targets = Object.entries(operation.keys)
  const named = record.resources.flatMap(({ type, arn }) => (type === 'AWS::KMS::Key' ? [arn] : []))
  return Promise.all(
    targets.map(async ([name, target], index) => {
      const isDecisive = `${operation.service}:${target.action ?? operation.name}` === record.decision?.action
      // Behind those that the request named, the record has what came to be, such as a replica.
      const arn = named.length >= targets.length ? named[index] : decisiveArn(isDecisive, record)
      const requestAlias = aliasOf(name, { isDecisive: targets.length === 1 || isDecisive }, record)
      const found = { ...(await foundByArn(arn, directory)), ...(requestAlias !== undefined && { requestAlias }) }
      return { name, target, found, arn }
    }),
  )
}

/** By which alias the request named this key. Records of earlier builds tell it of the key that decided. */
function aliasOf(
  name: string,
  { isDecisive }: { isDecisive: boolean },
  { decision: { requestAlias, requestAliases } = {} as NonNullable<AuditRecord['decision']> }: AuditRecord,
): string | undefined {
  if (requestAliases !== undefined) return requestAliases[name]
  return isDecisive ? requestAlias : undefined
}

/** Where a key was unknown, so that the record names fewer than were asked about, it names the one that decided. */
function decisiveArn(isDecisive: boolean, { decision }: AuditRecord): string | undefined {
  return isDecisive ? decision?.resource : undefined
}

/** The key of this ARN, or what stands for one that nobody has. */
export async function foundByArn(arn: string | undefined, directory: Directory): Promise<Found> {
  const hiddenAs = 'this resource'
  const missing = serviceError('NotFoundException')
  const parsed = arn === undefined ? undefined : parseKmsArn(arn)
  if (arn === undefined || parsed === undefined) return { hiddenAs, missing }
  const key = parsed.type === 'key' ? await directory.key(parsed.region, parsed.keyId) : undefined
  return key !== undefined && keyArn(key.value) === arn
    ? { arn, ownerAccountId: parsed.account, hiddenAs, key }
    : { arn, ownerAccountId: parsed.account, hiddenAs, missing }
}
