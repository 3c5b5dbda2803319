/** All studies; a new one adds its line. */
import type { StudyDeclaration } from '../../src/learn/study.ts'
import { alpha } from './alpha.ts'
import { estimators } from './estimators.ts'
import { headline } from './headline.ts'
import { smoke } from './smoke.ts'

export const STUDIES: readonly StudyDeclaration[] = [headline, estimators, alpha, smoke]
