import type { Settled, Unmet } from './settle.ts'

type Refused = Exclude<Settled, { result: 'approved' }>

/** The sentence for the caller of a protected operation that may not be done yet, in AWS's form: which request waits, and for what. */
export function refusalOf(settled: Refused, call: { arn: string; action: string; resource: string }): string {
  return `User: ${call.arn} is not authorized to perform: ${call.action} on resource: ${call.resource} because ${reasonOf(settled)}`
}

function reasonOf(settled: Refused): string {
  switch (settled.result) {
    case 'too many':
      return 'a quorum rule protects it and too many requests wait for approval already. Approvers can deny some, and their callers withdraw them: keyhold quorum requests'
    case 'denied': {
      const { requestId, expiresMs } = settled.request
      return `${settled.by} denied the request ${requestId}. It can be made again after ${iso(expiresMs)}.`
    }
    case 'waits': {
      const { requestId, expiresMs } = settled.request
      const asked = settled.unmet.map(({ rule, approvals }) => {
        return `the quorum rule ${rule.ruleName} asks for ${rule.needed} of its ${rule.approvers.length} approvers, and ${approvals} approved`
      })
      const stuck = settled.unmet.filter(({ rule, left }) => left < rule.needed)
      if (stuck.length > 0) return `${asked.join(', and ')}. ${stuck.map(wayOut).join(' ')}`
      return (
        `${asked.join(', and ')}. The request ${requestId} waits for approval until ${iso(expiresMs)}. Approvers run: ` +
        `keyhold quorum approve ${requestId}. Then repeat the same call.`
      )
    }
  }
}

/** For a rule that no one can meet, change or remove with what the account has. */
function wayOut({ rule: { ruleName, accountId }, left }: Unmet): string {
  const those = left === 1 ? 'Only 1 of its approvers exists' : `Only ${left} of its approvers exist`
  return `${those}: the operator can remove the rule: keyhold operator quorum remove ${ruleName} --account ${accountId} --yes.`
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
