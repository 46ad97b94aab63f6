import type { AuditRecord } from '../../../audit/record.ts'
import { parseKeyReference } from '../../../domain/keys/identifiers.ts'
import { callAsRoot, type CallFault, type InsideCall } from '../../../execution/call-as-root.ts'
import type { AnyOperation } from '../../../execution/define.ts'
import type { Serving } from '../../../execution/operations.ts'
import type { MadeAgain } from './made-again.ts'

/** Errors that say that there is nothing to change, or that it is changed already. */
const NOTHING_TO_DO = ['NotFoundException', 'NoSuchEntity', 'AlreadyExistsException', 'EntityAlreadyExists']

/** The operation that a record is of, if this server has it. */
export function operationOf({ service, operation }: AuditRecord, { operations }: Serving): AnyOperation | undefined {
  if (service !== 'kms' && service !== 'iam' && service !== 'keyhold') return undefined
  return operations.of(service).get(operation)
}

/** Calls the operation with the request in the record, for the account that owns what it changed. */
export async function makeCallAgain(
  record: AuditRecord,
  operation: AnyOperation,
  services: Serving,
): Promise<MadeAgain> {
  const fault = await callAsRoot(
    {
      service: operation.service as InsideCall['service'],
      operation: operation.name,
      account: ownerOf(record),
      region: record.region,
      input: inputOf(record, operation),
      userAgent: 'Keyhold accept-rollback',
    },
    services,
  )
  return fault === undefined ? 'made' : outcomeOf(fault)
}

function outcomeOf({ code, message }: CallFault): MadeAgain {
  return NOTHING_TO_DO.includes(code) ? 'void' : { failed: message === '' ? code : `${code}: ${message}` }
}

function keyOf({ resources }: AuditRecord): string | undefined {
  const keys = resources.filter(({ type }) => type === 'AWS::KMS::Key')
  return keys.length === 1 ? keys[0]?.arn : undefined
}

/** Grants are also revoked and retired by accounts that do not own the key. */
function ownerOf(record: AuditRecord): string {
  const named = parseKeyReference(keyOf(record) ?? '')
  return (named.kind === 'key' ? named.accountId : undefined) ?? record.accountId
}

/** The request, with what it left to its caller or to an alias, and without what is in no record: a grant token. */
function inputOf(record: AuditRecord, { name, service, audit }: AnyOperation): Record<string, unknown> {
  const input: Record<string, unknown> = { ...record.request }
  const key = keyOf(record)
  if (service === 'kms' && audit.request.includes('KeyId') && key !== undefined) input.KeyId = key
  if (service === 'iam' && audit.request.includes('UserName')) input.UserName ??= record.caller?.userName
  if (name === 'RetireGrant') input.GrantId ??= record.additional?.['grantId']
  // Whether it locks callers out was decided when it was first put.
  if (audit.request.includes('BypassPolicyLockoutSafetyCheck')) input.BypassPolicyLockoutSafetyCheck = true
  return input
}
