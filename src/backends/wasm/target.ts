/** What the engine offers to the code we emit. Found out and self-tested once, see features.ts. */
export interface Target {
  /** 128-bit vectors. */
  readonly simd: boolean;
  /** Relaxed SIMD: a fused multiply-add. */
  readonly relaxed: boolean;
  /** The engine joins adjacent pairs of 128-bit operations into 256-bit ones: kernels are shaped for it. */
  readonly wide: boolean;
}
