import { formatArn } from '@keyhold/protocol'
import type { Principal } from './caller.ts'
import type { PrincipalRecord } from './records.ts'

/** The principal that a stored record stands for. Identities live in partition `aws`, as no Region is involved. */
export function toPrincipal(record: PrincipalRecord): Principal {
  const { principalId, accountId, type, userName } = record
  return { principalId, accountId, type, userName, arn: iamArn(accountId, `user/${userName}`) }
}

function iamArn(accountId: string, resource: string): string {
  return formatArn({ partition: 'aws', service: 'iam', region: '', account: accountId, resource })
}
