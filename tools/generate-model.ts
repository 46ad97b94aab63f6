/**
 * Writes packages/protocol/src/model/*.gen.ts from the development dependencies @aws-sdk/client-….
 *
 *     node --conditions=source tools/generate-model.ts [--check]     --check: exit 1 when a committed file is stale
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { restrictedTo } from './model/model.ts'
import { readSdk } from './model/read-sdk.ts'
import { render } from './model/render.ts'
import { type ModelSource, SOURCES } from './model/sources.ts'

const FOLDER = new URL('../packages/protocol/src/model/', import.meta.url)

/** The text of the generated file, as it should be for the installed SDK. */
export function generateModel({ sdk, protocol, operations }: ModelSource): string {
  const whole = readSdk(sdk, protocol)
  return render(operations === undefined ? whole : restrictedTo(operations, whole))
}

/** Where a generated model is committed. */
export function targetOf({ file }: ModelSource): URL {
  return new URL(file, FOLDER)
}

function isStale(source: ModelSource): boolean {
  return readFileSync(targetOf(source), 'utf8') !== generateModel(source)
}

function main(): void {
  if (!process.argv.includes('--check')) {
    for (const source of SOURCES) writeFileSync(targetOf(source), generateModel(source))
    return
  }
  for (const { file } of SOURCES.filter(isStale)) {
    console.error(`packages/protocol/src/model/${file} is stale: run \`npm run generate\` and commit the result.`)
    process.exitCode = 1
  }
}

if (import.meta.main) main()
