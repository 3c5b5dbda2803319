// The part of TensorFlow.js's wasm backend that our own kernels use: its tensors lie in one memory, the heap, and a
// kernel may write into views of it.
import * as tf from '@tensorflow/tfjs-core'

export interface WasmHeap {
  /** An uninitialised tensor that the caller must dispose, or hand out as a kernel's result. */
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo
  /** The tensor's values in place. Any later allocation may move the heap: take views anew after one. */
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array
  disposeData(dataId: object): boolean
}

/** The heap of the wasm backend that a kernel was handed. */
export function heapOf(backend: unknown): WasmHeap {
  return backend as WasmHeap
}

/** A kernel's bare result as a tensor that tf.tidy knows and frees. */
export function asTensor(info: tf.TensorInfo): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(info)
}
