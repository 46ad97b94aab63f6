import { readRecords } from '../../../audit/read-records.ts'
import type { AuditRecord } from '../../../audit/record.ts'
import { rootArn } from '../../../identity/accounts/entity-arns.ts'

/** A grant with CreateGrant, as recorded in the audit log. */
export interface RecordedGrant {
  /** The ARN of the key. */
  key: string
  /** The account that issued it. */
  issuer: string
  /** The ARN of the grantee, or the name of a service. */
  grantee: string
}

/**
 * Yields every grant with CreateGrant that was ever issued on one of these keys. Reads the whole log once, and verifies
 * nothing.
 */
export async function* recordedHandingOn(
  auditFolder: string,
  keys: ReadonlySet<string>,
): AsyncGenerator<RecordedGrant> {
  for await (const record of readRecords(auditFolder, { operation: 'CreateGrant' })) {
    const key = record.resources.find(({ arn }) => keys.has(arn))?.arn
    const grantee = granteeOf(record)
    const issuer = record.caller?.accountId
    if (key === undefined || grantee === undefined || issuer === undefined || !wasMade(record)) continue
    yield { key, issuer, grantee }
  }
}

function wasMade({ error, request }: AuditRecord): boolean {
  const operations = request?.['Operations']
  return error === undefined && Array.isArray(operations) && operations.includes('CreateGrant')
}

function granteeOf({ request }: AuditRecord): string | undefined {
  const named = request?.['GranteeServicePrincipal'] ?? request?.['GranteePrincipal']
  if (typeof named !== 'string') return undefined
  return /^\d{12}$/.test(named) ? rootArn(named) : named
}
