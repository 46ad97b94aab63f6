import { SEED, SHAPES } from '../../packages/server/src/host/assembly/seed/format.ts'
import { code, markdownTable } from './markdown.ts'

/** docs/reference/seed.md: every member of a seed file, from the table that reads it. */
export function seedReference(): string {
  const sections = SHAPES.map(({ name, kind }) => {
    const rows = Object.entries(kind.members).map(([member, { kind: of, says, required, usual }]) => [
      code(member),
      of.shown,
      required ? 'required' : defaultOf(usual),
      says,
    ])
    return `## ${name}\n\n${markdownTable(['member', 'value', 'default', 'meaning'], rows)}`
  })
  return [`${TITLE}\n`, ...sections].join('\n')
}

/** docs/reference/seed.schema.json: the same for editors that check what is typed. */
export function seedSchema(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Seed file of keyhold dev',
    ...SEED.schema,
  }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}

const TITLE = `# Seed files

What \`keyhold dev --seed FILE\` and \`dev({ seed })\` take: YAML of at most 16 MiB, or the same as an object. Members that are not
listed here are refused, with their place. [seed.schema.json](seed.schema.json) is a JSON Schema of it, for editors. Examples
are in [Development mode](../guide/development-mode.md) and [Test suites](../guide/test-suites.md). Generated from the table that
reads it by \`npm run generate\`.

A seed calls the operations that requests call, as the root of each account. So it makes what the API could make, and a refusal names
the place in the file, the operation and its reason. Beside the API, it chooses ids of keys, their material, and access keys.
Its policies and grants may name accounts and services that do not exist. What exists already stays as it is.`

function defaultOf(usual: unknown): string {
  return usual === undefined || usual === '' || (typeof usual === 'object' && usual !== null)
    ? ''
    : code(JSON.stringify(usual).replaceAll('"', ''))
}
