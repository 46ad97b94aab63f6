import type { NamedPolicy } from '../../domain/policy/access.ts'
import { compilePolicy } from '../../domain/policy/language/compile.ts'
import type {
  CompiledPolicy,
  PolicyKind,
  PolicyRequest,
  StatementTrace,
  Verdict,
} from '../../domain/policy/language/contract.ts'
import { parsePolicy } from '../../domain/policy/language/parse.ts'
import { Work } from '../../domain/policy/language/patterns/work.ts'
import type { AwsManagedPolicy } from '../accounts/aws-policies.ts'
import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'

/**
 * The memory limit for all compiled policies. Ordinary policies take about ten kilobytes each, and most accounts have
 * few of them.
 */
const MAX_BYTES = 256 * 2 ** 20

/** The estimated memory of a compiled policy for each quotation mark, wildcard and variable of its text, rounded up. */
const BYTES_PER_SIGN = 300
/** The time to compile is proportional to the memory: this many bytes count as one step of a decision. */
const BYTES_PER_STEP = 4

/** A policy of an identity, and whether it uses the aliases of the key, which are looked up only then. */
export interface IdentityPolicy extends NamedPolicy {
  asksForAliases: boolean
}

/** A policy text, shared by all principals that have it. */
interface Document {
  id: string
  kind: PolicyKind
  policy: BoundPolicy
  bytes: number
}

/** A compiled policy in memory. */
interface Held {
  compiled: CompiledPolicy
  bytes: number
  /** Whether it was used since it was last passed over. */
  used: boolean
}

/**
 * Compiles each text once on first use, for all principals that have it. The least used ones are evicted: some texts
 * take a hundred times their size when compiled, and callers choose them, so no other cache must keep compiled
 * policies.
 */
export class CompiledPolicies {
  readonly #maxBytes: number
  /** Those that were passed over last are at the end. */
  readonly #held = new Map<string, Held>()
  #bytes = 0
  /** The AWS managed policies in use. AWS's number of policies limits it. */
  readonly #ofAws = new Map<string, IdentityPolicy>()

  constructor(maxBytes: number = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** The estimated memory in use. */
  get bytes(): number {
    return this.#bytes
  }

  named(name: string, kind: PolicyKind, policy: BoundPolicy): NamedPolicy {
    const { text, bindings } = policy
    const id = bindings === undefined ? `${kind} ${text}` : `${kind} ${JSON.stringify(bindings)} ${text}`
    const document = { id, kind, policy, bytes: bytesOf(id) }
    return { name, policy: new PolicyOnDemand((work) => this.#compiled(document, work)) }
  }

  /**
   * Returns an AWS managed policy. Its ARN is its id, because some texts have 150 KB: thousands of principals must not
   * have copies, and sessions must not scan them in every request.
   */
  ofAws({ arn, text }: AwsManagedPolicy): IdentityPolicy {
    const known = this.#ofAws.get(arn)
    if (known !== undefined) return known
    const document = { id: arn, kind: 'identity', policy: { text }, bytes: bytesOf(text) } as const
    const policy = new PolicyOnDemand((work) => this.#compiled(document, work))
    const named = { name: arn, policy, asksForAliases: asksForAliases(text) }
    this.#ofAws.set(arn, named)
    return named
  }

  /** Returns any other policy of a user, role or group, or a session policy. */
  identity(name: string, text: string): IdentityPolicy {
    return { ...this.named(name, 'identity', { text }), asksForAliases: asksForAliases(text) }
  }

  #compiled({ id, kind, policy: { text, bindings }, bytes }: Document, work: Work): CompiledPolicy {
    const known = this.#held.get(id)
    if (known !== undefined) {
      known.used = true
      return known.compiled
    }
    work.prepare(Math.ceil(bytes / BYTES_PER_STEP))
    const policy = compiled(kind, text, bindings)
    this.#held.set(id, { compiled: policy, bytes, used: false })
    this.#bytes += bytes
    this.#makeRoom()
    return policy
  }

  /** A policy that was used since the last pass gets a second chance. */
  #makeRoom(): void {
    for (const [id, held] of this.#held) {
      if (this.#bytes <= this.#maxBytes) return
      this.#held.delete(id)
      if (held.used) this.#held.set(id, { ...held, used: false })
      else this.#bytes -= held.bytes
    }
  }
}

/** A policy that is compiled when it is evaluated, because it can have been evicted. */
class PolicyOnDemand implements CompiledPolicy {
  readonly #compiled: (work: Work) => CompiledPolicy

  constructor(compiled: (work: Work) => CompiledPolicy) {
    this.#compiled = compiled
  }

  evaluate(request: PolicyRequest, work = new Work()): Verdict {
    return this.#compiled(work).evaluate(request, work)
  }

  trace(request: PolicyRequest, work?: Work): StatementTrace[] {
    return this.#compiled(work ?? new Work()).trace(request, work)
  }
}

/** Returns whether a policy can contain the condition key `kms:ResourceAliases`, in any case, or JSON escapes. */
export function asksForAliases(text: string): boolean {
  return /kms:resourcealiases|\\u/i.test(text)
}

function bytesOf(id: string): number {
  let signs = 0
  for (let index = 0; index < id.length; index++) if (SIGNS.has(id.charCodeAt(index))) signs += 1
  return 2 * id.length + BYTES_PER_SIGN * signs
}

/** The characters that start a text or a part of one. JSON can escape each of them. */
const SIGNS: ReadonlySet<number> = new Set(Array.from('"*?$\\', (sign) => sign.charCodeAt(0)))

function compiled(kind: PolicyKind, text: string, bindings: BoundPolicy['bindings']): CompiledPolicy {
  const { policy } = parsePolicy(text, kind)
  if (policy === undefined) return UNREADABLE
  return compilePolicy(policy, kind, bindings && new Map(Object.entries(bindings)))
}

/**
 * Replaces a policy that this build cannot parse, which only a development server of an earlier build can have stored.
 * It denies everything, because the policy can have contained a deny.
 */
const UNREADABLE: CompiledPolicy = {
  evaluate: () => ({ deny: { index: -1 }, allow: {} }),
  trace: () => [],
}
