/** What a report is drawn from: plain data, so that anything that was measured can be shown. */

import type { JsonObject } from '../run-contents.ts'

/** Score after k gradient steps, as `levelshift evaluate --json` gives it. */
export interface ScorePoint {
  /** Gradient steps. */
  readonly k: number
  /** Interquartile mean over levels; 0 is a random player, 1 the solver. */
  readonly iqm: number
  /** 95% interval. */
  readonly low: number
  readonly high: number
  /** Environment steps that a level's adaptation has taken up to here. */
  readonly environmentSteps: number
}

/** Scores of one agent, by gradient step. */
export interface ScoreCurve {
  readonly steps: readonly ScorePoint[]
}

/** How well agents do on levels of a split. */
export interface EvaluationData extends ScoreCurve {
  readonly split: string
  readonly levels: number
  readonly baselines: {
    readonly fineTuned?: ScoreCurve
    readonly randomHead?: ScoreCurve
  }
  /** The agent's scores by game, where there is more than one. */
  readonly games?: readonly (ScoreCurve & { readonly game: string })[]
}

/** One value of a curve, with its 95% interval where there is one. */
export interface CurvePoint {
  readonly iteration: number
  readonly value: number
  readonly low?: number
  readonly high?: number
}

/** A named curve by meta-iteration. */
export interface Curve {
  readonly name: string
  readonly points: readonly CurvePoint[]
}

/** How well the frozen encoder's features tell something, as an accuracy from 0 to 1. */
export interface Probe {
  readonly name: string
  readonly chance?: number
  readonly validation: number
  /** On validation levels drawn in palettes that pretraining never used. */
  readonly newPalettes?: number
}

/** One episode as the agent saw it. */
export interface Play {
  /** Gradient steps before it. */
  readonly steps: number
  readonly return: number
  /** Frames of 64x64x3 bytes, RGB, in order. */
  readonly frames: readonly Uint8Array[]
}

/** One level, played before, during and after adaptation. */
export interface EpisodeSeries {
  readonly game: string
  /** Content hash of the level. */
  readonly hash: string
  readonly solverReturn: number
  /** The hidden rules in words, for example `red +1, blue -1`. */
  readonly rules?: string
  readonly plays: readonly Play[]
}

/** One line of the table of figures. */
export interface Figure {
  readonly label: string
  readonly value: string | number
  readonly unit?: string
}

/** A whole report. Parts that were not measured are left out, of the data and of the page. */
export interface ReportData {
  readonly title: string
  readonly evaluation?: EvaluationData
  /** Mean return on training levels by meta-iteration, one curve for each adaptation step. */
  readonly learning: readonly Curve[]
  /** Score on validation levels by meta-iteration; the best one picks the checkpoint. */
  readonly validation?: readonly Curve[]
  readonly losses: readonly Curve[]
  /** Environment steps a second by meta-iteration. */
  readonly speed?: Curve
  readonly probes?: readonly Probe[]
  readonly episodes?: readonly EpisodeSeries[]
  readonly figures: readonly Figure[]
  readonly recipe: JsonObject
  /** Version, backend, seed, machine, date, command and whatever else tells where the figures come from. */
  readonly provenance: Readonly<Record<string, string>>
}
