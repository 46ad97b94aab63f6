import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'

const require = createRequire(import.meta.url)

/**
 * Parses a YAML document. Throws the library's error for an invalid one. The library has seventy modules and is loaded
 * for the first document only, because most commands read none and would start more slowly.
 */
export function parseYaml(text: string): unknown {
  const { parse } = require('yaml') as typeof Yaml
  return parse(text)
}
