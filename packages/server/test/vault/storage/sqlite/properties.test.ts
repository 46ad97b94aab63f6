import { storeProperties } from '../properties.ts'
import { sqliteSubject } from './subject.ts'

storeProperties('SQLite', sqliteSubject)
