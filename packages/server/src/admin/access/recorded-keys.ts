import { parseKmsArn, serviceError } from '@keyhold/protocol'
import type { AuditRecord } from '../../audit/record.ts'
import type { Directory } from '../../identity/directory/directory.ts'
import { keyArn } from '../../domain/keys/arns.ts'
import { actionOn, type AnyOperation } from '../../execution/define.ts'
import type { Found } from '../../execution/lookup.ts'
import type { Candidate } from '../../execution/find.ts'

/**
 * Returns the current state of the keys of a recorded request: those that the record names, not those that the
 * request's aliases and ciphertexts would refer to today.
 */
export function recordedKeys(operation: AnyOperation, record: AuditRecord, directory: Directory): Promise<Candidate[]> {
  const targets = Object.entries(operation.keys)
  const areDecisive = targets.map(([, target]) => actionOn(operation, target) === record.decision?.action)
  const arns = arnsOf(areDecisive, record)
  return Promise.all(
    targets.map(async ([name, target], index) => {
      const arn = arns[index]
      const isDecisive = targets.length === 1 || areDecisive[index] === true
      const requestAlias = aliasOf(name, { isDecisive }, record)
      const found = { ...(await foundByArn(arn, directory)), ...(requestAlias !== undefined && { requestAlias }) }
      return { name, target, found }
    }),
  )
}

/** The alias by which the request named this key. Records of earlier builds have it only for the decisive key. */
function aliasOf(
  name: string,
  { isDecisive }: { isDecisive: boolean },
  { decision: { requestAlias, requestAliases } = {} as NonNullable<AuditRecord['decision']> }: AuditRecord,
): string | undefined {
  if (requestAliases !== undefined) return requestAliases[name]
  return isDecisive ? requestAlias : undefined
}

/**
 * Returns the ARNs of an operation's keys, in order. After the keys of the request, a record lists new ones, such as a
 * replica. If a key was unknown, the record lists fewer: then the decisive one is known, and the others only if there
 * is one for each.
 */
function arnsOf(isDecisive: readonly boolean[], { resources, decision }: AuditRecord): (string | undefined)[] {
  const named = resources.flatMap(({ type, arn }) => (type === 'AWS::KMS::Key' ? [arn] : []))
  if (named.length >= isDecisive.length) return named
  const others = named.filter((arn) => arn !== decision?.resource)
  const areAll = others.length === isDecisive.filter((decisive) => !decisive).length
  return isDecisive.map((decisive) => {
    if (decisive) return decision?.resource
    return areAll ? others.shift() : undefined
  })
}

/** Returns the key of this ARN, or the result for a key that does not exist. */
export async function foundByArn(arn: string | undefined, directory: Directory): Promise<Found> {
  const hiddenAs = 'this resource'
  const missing = serviceError('NotFoundException')
  const parsed = arn === undefined ? undefined : parseKmsArn(arn)
  if (arn === undefined || parsed === undefined) return { hiddenAs, missing }
  const key = parsed.type === 'key' ? await directory.key(parsed) : undefined
  return key !== undefined && keyArn(key.value) === arn
    ? { arn, ownerAccountId: parsed.account, hiddenAs, key }
    : { arn, ownerAccountId: parsed.account, hiddenAs, missing }
}
