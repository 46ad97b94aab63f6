import type { Attack } from './attack.ts'
import { brokenQueries } from './broken-queries.ts'
import { manyGrants } from './many-grants.ts'
import { manyRequests } from './many-requests.ts'
import { rsaPairs, rsaPairsOfOthers } from './rsa-pairs.ts'
import { policyWork } from './policy-work.ts'
import { sessionTokens } from './session-tokens.ts'
import { deniedEncrypt, deniedSimulation, throttled } from './refused.ts'
import { signedHeaders } from './signed-headers.ts'
import { silentConnections } from './silent-connections.ts'
import { simulation } from './simulation.ts'
import { tinyRequests } from './tiny-requests.ts'

/** Every attack, by the name under which it is printed. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  'signed-headers': signedHeaders,
  'broken-queries': brokenQueries,
  'silent-connections': silentConnections,
  'denied-encrypt': deniedEncrypt,
  'denied-simulation': deniedSimulation,
  throttled,
  'session-tokens': sessionTokens,
  'policy-work': policyWork,
  simulation,
  'rsa-pairs': rsaPairs,
  'rsa-pairs-of-others': rsaPairsOfOthers,
  'many-grants': manyGrants,
  'many-requests': manyRequests,
  'tiny-requests': tinyRequests,
}
