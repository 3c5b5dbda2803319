/**
 * Training curves for TensorBoard: its event file format, written and cut to length.
 *
 * A file is a row of TFRecords: length (8 bytes, little-endian), masked CRC-32C of the length, an Event as protobuf,
 * masked CRC-32C of the Event. The first Event names the format's version. Field numbers are those of TensorFlow's
 * event.proto, summary.proto and tensor.proto.
 */

import crc32c from 'crc-32/crc32c.js'
import { PbfReader, PbfWriter } from 'pbf'

/** What one Event tells: numbers and texts of one step, by tag. */
export interface EventRecord {
  /** The meta-iteration that the values belong to. */
  readonly step: number
  /** Seconds since 1970. */
  readonly wallTime: number
  readonly scalars?: Readonly<Record<string, number>>
  /** Markdown, shown in TensorBoard's tab "Text". */
  readonly texts?: Readonly<Record<string, string>>
}

/** Bytes of a TFRecord beside its content: length, its checksum, and the content's checksum. */
const FRAME_BYTES = 16
const LENGTH_BYTES = 12
/** Added to a rotated checksum, so that a checksum of data that hold checksums stays telling (TFRecord's definition). */
const CRC_MASK = 0xa282ead8
const DT_STRING = 7

/** The name of an event file: TensorBoard finds it by `tfevents` and reads several in the order of their names. */
export function eventFileName(wallTime: number, order: number): string {
  return `events.out.tfevents.${Math.floor(wallTime)}.levelshift.${String(order).padStart(4, '0')}`
}

/** The first record of every event file. */
export function encodeFileHeader(wallTime: number): Uint8Array {
  const event = new PbfWriter()
  event.writeDoubleField(1, wallTime)
  event.writeStringField(3, 'brain.Event:2')
  return frame(event.finish())
}

/** One Event as a TFRecord, to be appended to an event file. */
export function encodeEvent(record: EventRecord): Uint8Array {
  const event = new PbfWriter()
  event.writeDoubleField(1, record.wallTime)
  event.writeVarintField(2, record.step)
  event.writeMessage(5, writeSummary, record)
  return frame(event.finish())
}

/**
 * How many of the file's bytes to keep so that no Event is later than `lastStep` and none is damaged: a resumed run cuts
 * its files there and goes on. Steps never fall within a file.
 */
export function lengthUpTo(bytes: Uint8Array, lastStep: number): number {
  let end = 0
  while (end < bytes.length) {
    const event = unframe(bytes.subarray(end))
    if (event === undefined || stepOf(event) > lastStep) break
    end += event.length + FRAME_BYTES
  }
  return end
}

function writeSummary(record: EventRecord, summary: PbfWriter): void {
  for (const scalar of Object.entries(record.scalars ?? {})) summary.writeMessage(1, writeScalar, scalar)
  for (const text of Object.entries(record.texts ?? {})) summary.writeMessage(1, writeText, text)
}

function writeScalar([tag, number]: [string, number], value: PbfWriter): void {
  value.writeStringField(1, tag)
  value.writeFloatField(2, number)
}

function writeText([tag, text]: [string, string], value: PbfWriter): void {
  value.writeStringField(1, tag)
  value.writeMessage(9, (plugin, metadata) => metadata.writeMessage(1, writePlugin, plugin), 'text')
  value.writeMessage(8, writeStringTensor, text)
}

function writePlugin(name: string, plugin: PbfWriter): void {
  plugin.writeStringField(1, name)
}

/** A scalar tensor of one string: an empty shape. */
function writeStringTensor(text: string, tensor: PbfWriter): void {
  tensor.writeVarintField(1, DT_STRING)
  tensor.writeMessage(2, () => {}, undefined)
  tensor.writeStringField(8, text)
}

function frame(content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + FRAME_BYTES)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(content.length), true)
  view.setUint32(8, maskedCrc(bytes.subarray(0, 8)), true)
  bytes.set(content, LENGTH_BYTES)
  view.setUint32(LENGTH_BYTES + content.length, maskedCrc(content), true)
  return bytes
}

/** The content of the first TFRecord, or undefined where it is cut short or damaged. */
function unframe(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < FRAME_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = Number(view.getBigUint64(0, true))
  if (bytes.length < length + FRAME_BYTES) return undefined
  if (view.getUint32(8, true) !== maskedCrc(bytes.subarray(0, 8))) return undefined
  const content = bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length)
  return view.getUint32(LENGTH_BYTES + length, true) === maskedCrc(content) ? content : undefined
}

/** The step of an encoded Event; protobuf leaves out a field that is zero. */
function stepOf(event: Uint8Array): number {
  const found = { step: 0 }
  new PbfReader(event).readFields((tag, result, reader) => {
    if (tag === 2) result.step = reader.readVarint(true)
  }, found)
  return found.step
}

function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0
  return (((crc >>> 15) | (crc << 17)) + CRC_MASK) >>> 0
}
