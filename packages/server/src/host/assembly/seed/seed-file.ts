import { parseYaml } from '../../../platform/yaml.ts'
import { refuseScript } from './init-scripts.ts'
import { type Seed, SEED } from './format.ts'
import { SeedError } from './kinds.ts'
import { isLocalKmsSeed, seedOfLocalKms } from './local-kms.ts'

/** What a seed is of: the text of a YAML file, or the document itself. */
export type SeedSource = string | object

/**
 * Reads a seed of Keyhold's format, or of local-kms's. Throws {@link SeedError} with the place of a fault, also for unknown
 * members, so that typing errors are noticed.
 */
export function parseSeed(source: SeedSource): Seed {
  const document = typeof source === 'string' ? readYaml(source) : source
  if (isLocalKmsSeed(document)) return SEED.read(seedOfLocalKms(document), '')
  return SEED.read(document, '')
}

function readYaml(text: string): unknown {
  refuseScript(text)
  try {
    return parseYaml(text)
  } catch (error) {
    throw new SeedError(`the seed file is not YAML: ${(error as Error).message}`)
  }
}
