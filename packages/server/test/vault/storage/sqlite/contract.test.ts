import { storeContract } from '../contract.ts'
import { storeProperties } from '../properties.ts'
import { sqliteSubject } from './subject.ts'

storeContract('SQLite', sqliteSubject)
storeProperties('SQLite', sqliteSubject)
