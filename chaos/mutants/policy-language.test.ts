import { testMutants } from './test-mutants.ts'

testMutants('policy-language')
