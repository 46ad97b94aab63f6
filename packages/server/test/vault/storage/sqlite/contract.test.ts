import { storeContract } from '../contract.ts'
import { sqliteSubject } from './subject.ts'

storeContract('SQLite', sqliteSubject)
