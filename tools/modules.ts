import { readFile } from 'node:fs/promises'
import { parseSync } from 'oxc-parser'

/** One import as written: `from 'specifier'`, a re-export, or `import('specifier')`. */
export interface Import {
  specifier: string
  /** Erased before the program runs: `import type`, or every imported name marked `type`. */
  typeOnly: boolean
}

/** Repository path (forward slashes) to the imports of that module. */
export type Modules = ReadonlyMap<string, readonly Import[]>

/** Reads the imports of every file named, in parallel. */
export async function readModules(files: readonly string[]): Promise<Modules> {
  const entries = files.map(async (file) => [file, importsOf(file, await readFile(file, 'utf8'))] as const)
  return new Map(await Promise.all(entries))
}

/** The imports of one module's text. Throws a SyntaxError naming the file when it does not parse. */
export function importsOf(file: string, text: string): Import[] {
  const { module, errors } = parseSync(file, text)
  const [problem] = errors
  if (problem !== undefined) throw new SyntaxError(`${file}: ${problem.message}`)

  const imports = module.staticImports.map(({ moduleRequest, entries }) => ({
    specifier: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
  }))
  const reExports = module.staticExports
    .flatMap(({ entries }) => entries)
    .flatMap(({ moduleRequest, isType }) =>
      moduleRequest ? [{ specifier: moduleRequest.value, typeOnly: isType }] : [],
    )
  const dynamic = module.dynamicImports.map(({ moduleRequest }) => ({
    specifier: text.slice(moduleRequest.start, moduleRequest.end).replace(/^['"`]|['"`]$/g, ''),
    typeOnly: false,
  }))
  return [...imports, ...reExports, ...dynamic]
}
