/** What a user asked for, and the code of the error if that was refused. */
export interface Asked {
  /** `kms:Encrypt` */
  action: string
  refused?: string
}

/** Why a policy is not the smallest for what was asked under it, or why nothing was denied. */
export function problemsOfNeeds(policy: string, asked: readonly Asked[]): string[] {
  const { Statement } = JSON.parse(policy) as { Statement: { Action: string | string[] }[] }
  const allowed = new Set(Statement.flatMap(({ Action }) => Action))
  const used = new Set(asked.filter(isAllowed).map(({ action }) => action))
  const idle = [...allowed].filter((action) => !used.has(action))
  const isDenied = asked.some(({ refused }) => refused === 'AccessDenied')
  return [
    ...(idle.length > 0
      ? [`the policy allows what was not used: ${idle.join(', ')}; used: ${[...used].join(', ')}`]
      : []),
    ...(isDenied ? [] : ['the audit has no denial: what is shown of it?']),
  ]
}

/** Tools that remove a user also remove what they may not have: to learn that it is not there takes the permission, too. */
function isAllowed({ refused }: Asked): boolean {
  return refused === undefined || refused.startsWith('NoSuchEntity')
}
