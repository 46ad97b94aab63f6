import { parseArn } from '@keyhold/protocol'
import { nameInArn } from '../../identity/accounts/entity-arns.ts'
import type { Directory } from '../../identity/directory/directory.ts'

type Kind = 'user' | 'role'
const MEMBERS: Readonly<Record<string, Kind>> = { UserName: 'user', RoleName: 'role' }

/**
 * The users and roles that a request names, by their ids, so that what is approved is about them and not about others who get
 * their names before it is done. Names are found as members, in ARNs, and in the ARNs of policies, which are JSON texts.
 */
export async function namedIn(
  input: unknown,
  accountId: string,
  directory: Directory,
): Promise<[name: string, id: string | undefined][]> {
  const found = new Map<string, { accountId: string; kind: Kind; name: string }>()
  collect(input, '', (said) => {
    const { member, text } = said
    const kind = MEMBERS[member]
    const arn = parseArn(text)
    if (kind) found.set(`${kind} ${text}`, { accountId, kind, name: text })
    for (const named of ['user', 'role'] as const) {
      const entity = nameInArn(named, arn)
      if (entity) found.set(text, { ...entity, kind: named })
    }
  })
  const names = [...found]
  return Promise.all(names.map(async ([text, entity]) => [text, (await directory.entityName(entity))?.value.entityId]))
}

function collect(value: unknown, member: string, see: (said: { member: string; text: string }) => void): void {
  if (typeof value === 'string') {
    see({ member, text: value })
    const inside = value.trimStart().startsWith('{') ? parsed(value) : undefined
    if (inside !== undefined) collect(inside, '', see)
  } else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const [name, inner] of Object.entries(value)) collect(inner, Array.isArray(value) ? member : name, see)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
