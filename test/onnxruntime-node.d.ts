/** Version 1.16 comes without its own types; they are those of its common part. */
declare module 'onnxruntime-node' {
  export { InferenceSession, Tensor } from 'onnxruntime-common'
}
