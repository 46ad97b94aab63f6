import { testMutants } from './test-mutants.ts'

testMutants('key-files')
