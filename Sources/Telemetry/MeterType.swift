/// How a meter's volume is to be read (Ceilometer: `ceilometer.sample.TYPES`).
public enum MeterType: String, Sendable, CaseIterable {
    /// A value at a moment, such as memory in use.
    case gauge
    /// A counter that only grows until it restarts from 0.
    case cumulative
    /// The change since the sample before.
    case delta
}
