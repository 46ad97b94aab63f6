import { applySeed, parseSeed } from '../../../../src/host/assembly/seed/seed.ts'
import type { SeedSource } from '../../../../src/host/assembly/seed/seed-file.ts'
import type { TestService } from '../../../support/service.ts'

/** Applies a seed as a development server does at its start. */
export async function seed(service: TestService, source: SeedSource): Promise<void> {
  const { engine, services } = service
  await applySeed(parseSeed(source), { engine, services, accounts: undefined })
}
