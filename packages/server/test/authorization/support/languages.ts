import { fakePolicy } from './fake-policy.ts'
import type { Compile } from './world.ts'

/** What compiles the documents of situations, by name. */
export const LANGUAGES: readonly (readonly [name: string, compile: Compile])[] = [['a stand-in', fakePolicy]]
