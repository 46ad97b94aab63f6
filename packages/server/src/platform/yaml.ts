import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'

const require = createRequire(import.meta.url)

/**
 * The value of a YAML document. Throws the library's error for what is none. Seventy modules are loaded for the first
 * document only: most commands read none, and would start later for them.
 */
export function parseYaml(text: string): unknown {
  const { parse } = require('yaml') as typeof Yaml
  return parse(text)
}
