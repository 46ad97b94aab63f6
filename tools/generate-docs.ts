/**
 * Writes docs/reference from the code it describes.
 *
 *     node --conditions=source tools/generate-docs.ts [--check]     --check: exit 1 when a committed page is stale
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { awsPoliciesReference } from './reference/aws-policies.ts'
import { dependenciesReference } from './reference/dependencies.ts'
import { identityOperationsReference } from './reference/identity-operations.ts'
import { logMessagesReference } from './reference/log-messages.ts'
import { metricsReference } from './reference/metrics.ts'
import { operationsReference } from './reference/operations.ts'
import { configurationSchema, settingsReference } from './reference/settings.ts'
import { seedReference, seedSchema } from './reference/seed.ts'

const PAGES: Readonly<Record<string, () => string>> = {
  'docs/reference/aws-managed-policies.md': awsPoliciesReference,
  'docs/reference/dependencies.md': dependenciesReference,
  'docs/reference/iam-and-sts.md': identityOperationsReference,
  'docs/reference/log-messages.md': logMessagesReference,
  'docs/reference/metrics.md': metricsReference,
  'docs/reference/operations.md': operationsReference,
  'docs/reference/settings.md': settingsReference,
  'docs/reference/configuration-schema.json': configurationSchema,
  'docs/reference/seed.md': seedReference,
  'docs/reference/seed.schema.json': seedSchema,
}

for (const [file, page] of Object.entries(PAGES)) {
  const text = page()
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`${file} is stale: run npm run generate`)
    process.exitCode = 1
  }
}
