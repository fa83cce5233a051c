/// What to do with figures that the guest took too long ago: `[compute] stale_memory_stats`.
public enum StalePolicy: String, Sendable, CaseIterable {
    /// They are no samples.
    case withhold
    /// They are published as if they were current, as Ceilometer does.
    case publish
}
