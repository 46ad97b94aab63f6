import type { AccessGrant, GrantConstraints } from '../../domain/policy/access.ts'
import { grantPartiesOf } from '../../domain/policy/grant-parties.ts'
import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import { ContextPairs } from '../../domain/policy/grants/context-pairs.ts'
import type { GrantQuestion } from '../../domain/policy/grants/grant-index.ts'
import { grantAllows, grantOperation, type GrantRequest, isBoundByContext } from '../../domain/policy/grants/match.ts'
import type { WantedGrant } from '../../domain/policy/grants/rules.ts'
import type { PolicyPrincipal } from '../../domain/policy/language/contract.ts'
import type { GrantList } from '../../identity/directory/grant-lists.ts'
import type { KeyName } from '../../domain/keys/record.ts'
import type { Services } from '../services.ts'

type Sources = Pick<Services, 'directory' | 'clock'>

/** How many grants are examined in one turn of the event loop: a fraction of a millisecond. */
const GRANTS_PER_TURN = 500

/**
 * Returns the grants on a key that matter for a decision: for each name under which a grant can refer to the caller,
 * one that allows the request, if there is any. The others would allow it in the same way.
 */
export async function applicableGrants(key: KeyName, request: GrantRequest, sources: Sources): Promise<GrantRecord[]> {
  if (request.grantable === false) return []
  const found: GrantRecord[] = []
  let question: GrantQuestion | undefined
  for (const party of grantPartiesOf(request.principal)) {
    const known = sources.directory.grants(key, party)
    const list = known instanceof Promise ? await known : known
    if (list.size === 0) continue
    question ??= questionOf(request)
    const grant = await firstOf(list, question, (one) => grantAllows(one, request) !== undefined, sources)
    if (grant) found.push(grant)
  }
  return found
}

/**
 * Returns all grants on a key that can refer to the principal, whatever they allow. For explanations, which name what
 * is missing.
 */
export async function everyGrant(key: KeyName, principal: PolicyPrincipal, sources: Sources): Promise<GrantRecord[]> {
  const nowMs = sources.clock.now()
  const found: GrantRecord[] = []
  for (const party of grantPartiesOf(principal)) {
    const list = await sources.directory.grants(key, party)
    for (const grant of list.all()) if (grant.visibleMs <= nowMs) found.push(grant)
  }
  return found
}

/**
 * Returns a grant that allows the request in the same way as one of `like`, and that `accepts` accepts, if there is
 * any: among the grants that allow the caller to create grants, one that contains what is wanted.
 */
export async function parentGrant(
  key: KeyName,
  request: GrantRequest,
  { like, wanted, accepts }: Wanted,
  sources: Sources,
): Promise<GrantRecord | undefined> {
  const ways = new Set(like.map((grant) => grantAllows(grant, request)))
  const suits = (grant: GrantRecord): boolean => {
    if (!wanted.operations.every((operation) => grant.operations.includes(operation))) return false
    const way = grantAllows(grant, request)
    return way !== undefined && ways.has(way) && accepts(grant)
  }
  const question = { ...questionOf(request), ...handedDown(wanted.constraints) }
  for (const party of grantPartiesOf(request.principal)) {
    const found = await firstOf(await sources.directory.grants(key, party), question, suits, sources)
    if (found) return found
  }
  return undefined
}

interface Wanted {
  like: readonly AccessGrant[]
  wanted: WantedGrant
  accepts(grant: GrantRecord): boolean
}

async function firstOf(
  list: GrantList,
  question: GrantQuestion,
  suits: (grant: GrantRecord) => boolean,
  { directory, clock }: Sources,
): Promise<GrantRecord | undefined> {
  const nowMs = clock.now()
  let looked = 0
  for (const grant of list.search(question)) {
    if (grant && grant.visibleMs <= nowMs && suits(grant)) return grant
    if (++looked % GRANTS_PER_TURN === 0) await directory.slices.next()
  }
  return undefined
}

function questionOf(request: GrantRequest): GrantQuestion {
  const { principal, conditions, encryptionContext = {} } = request
  const { principalId, role, accountId } = principal
  const sources = conditions.get('aws:sourcearn')
  return {
    operation: grantOperation(request) ?? '',
    principalIds: [principalId, ...(role ? [role.principalId] : []), accountId],
    sourceArn: sources?.length === 1 ? sources[0] : undefined,
    ...(isBoundByContext(request) ? contextOf(encryptionContext) : { pairs: 'any' }),
  }
}

function contextOf(context: Readonly<Record<string, string>>): Pick<GrantQuestion, 'equals' | 'pairs'> {
  const pairs = new ContextPairs(context)
  return { equals: pairs.canonical, pairs }
}

/** The constraints that a parent can have if the child's must be equal or stricter (grants/rules.ts). */
function handedDown(constraints: GrantConstraints = {}): Pick<GrantQuestion, 'equals' | 'pairs'> {
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = constraints
  return {
    equals: equals && new ContextPairs(equals).canonical,
    pairs: new ContextPairs(equals ?? {}, subset ?? {}),
  }
}
