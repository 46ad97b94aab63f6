import { principalArn, rootArn } from '../../../identity/accounts/entity-arns.ts'
import { accessKeyTable } from '../../../vault/records/access-key.ts'
import type { UserRecord } from '../../../vault/records/principal.ts'
import { everyRow } from '../../../vault/storage/page.ts'
import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { payerOf } from '../../../execution/throttle/lines.ts'
import type { Context } from '../entities.ts'
import { entityNames } from '../pages.ts'
import { QUOTAS } from './quotas.ts'

/** IAM User Guide, "Generate credential reports for your AWS account", "Understanding the report format". */
const COLUMNS = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...['1', '2'].flatMap((number) =>
    ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'].map(
      (column) => `access_key_${number}_${column}`,
    ),
  ),
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
]

const NO_KEY = ['false', 'N/A', 'N/A', 'N/A', 'N/A']
const NO_CERTIFICATES = ['false', 'N/A', 'false', 'N/A']

export const generateCredentialReport = queryOperation<'iam', 'GenerateCredentialReport'>('iam', {
  name: 'GenerateCredentialReport',
  summary: 'Reports that the credential report is complete. The report is generated when it is read.',
  readOnly: true,
  audit: { request: [], response: ['State'] },
  needs: () => [{ action: 'iam:GenerateCredentialReport', resource: '*' }],
  run: async () => ({ State: 'COMPLETE' }),
})

export const getCredentialReport = queryOperation<'iam', 'GetCredentialReport'>('iam', {
  name: 'GetCredentialReport',
  summary: 'Returns a CSV report of all users of the account with the status of their access keys.',
  readOnly: true,
  audit: { request: [], response: [] },
  needs: () => [{ action: 'iam:GetCredentialReport', resource: '*' }],

  async run(call) {
    const text = await report(call)
    call.services.throttle?.decided(payerOf(call.caller.principal), text.length)
    return {
      Content: new TextEncoder().encode(text),
      ReportFormat: 'text/csv',
      GeneratedTime: new Date(call.nowMs),
    }
  },
})

/** The header row, and the row of the account's root. */
const HEAD_ROWS = 2

/** The quota of users limits it to little more than a megabyte. Ends early if the client has disconnected. */
async function report(call: QueryCall<'iam', 'GetCredentialReport'>): Promise<string> {
  const rows = [COLUMNS, await rootRow(call)]
  for await (const { value } of entityNames('user', undefined, call)()) {
    const user = value && (await call.services.directory.principal(value.entityId))?.value
    if (user?.type === 'IAMUser') rows.push(await userRow(user, call))
    if (rows.length === QUOTAS.UsersPerAccount + HEAD_ROWS || call.isGone()) break
  }
  return rows.map((row) => row.map(field).join(',')).join('\n')
}

/** The account's root, which has no password and no access keys here. */
async function rootRow({ caller, services }: Context): Promise<string[]> {
  const { accountId } = caller.principal
  const account = await services.directory.account(accountId)
  const created = account ? time(account.value.createdMs) : 'no_information'
  const password = ['not_supported', 'no_information', 'not_supported', 'not_supported']
  return ['<root_account>', rootArn(accountId), created, ...password, 'false', ...NO_KEY, ...NO_KEY, ...NO_CERTIFICATES]
}

async function userRow(user: UserRecord, context: Context): Promise<string[]> {
  const password = ['false', 'N/A', 'N/A', 'N/A']
  const [first = NO_KEY, second = NO_KEY] = await keysOf(user, context)
  const who = [user.userName, principalArn(user), time(user.createdMs)]
  return [...who, ...password, 'false', ...first, ...second, ...NO_CERTIFICATES]
}

/** For each access key of the user: whether it is active, its creation date, and its last use. */
async function keysOf({ principalId }: UserRecord, { services }: Context): Promise<string[][]> {
  const { records, accessKeyUses } = services
  const keys = await Array.fromAsync(everyRow((page) => records.listByOwner(accessKeyTable, { principalId }, page)))
  const sorted = keys.map(({ value }) => value).toSorted((a, b) => a.createdMs - b.createdMs)
  return Promise.all(
    sorted.map(async ({ accessKeyId, active, createdMs }) => {
      const use = await accessKeyUses.lastUse(accessKeyId)
      const used = use ? [time(use.usedMs), use.region, use.service] : ['N/A', 'N/A', 'N/A']
      return [String(active), time(createdMs), ...used]
    }),
  )
}

/** A time in the format of the report: `2026-11-30T12:00:00+00:00`. */
function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, '+00:00')
}

/** RFC 4180, section 2: fields with commas or quotation marks are quoted. Names and paths of users can contain both. */
function field(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
